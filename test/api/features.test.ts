import { plainFlag } from '../../src/domain/flags';
import { ADMIN, TestApi } from '../support/api';
import { Belay, uniqueService } from '../support/belay';

/** Features without instances, through the API. */

const token = ADMIN;
let belay: Belay;
let api: TestApi;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  await belay.work();
  api = await TestApi.open(belay);
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

it('plans, starts, tells and rolls back a deployment of features', async () => {
  const { environment, service } = uniqueService();
  await belay.store.createFlag(plainFlag(environment, 'new_ui'), { by: 'eve' });
  const features = (key: string) => ({
    deployment: { service, environment, strategy: { type: 'feature_flags', features: { [key]: [5, 25] } } },
  });

  const plan = await api.post('/deployments/dry-run', { token, body: features('new_ui') });
  expect(plan).toMatchObject({ status: 200, body: { driver: 'none', fleet: { targeted: 0 }, members: [] } });
  expect(plan.body.steps).toMatchObject([{ feature: 'new_ui', percent: 5 }, { percent: 25 }]);
  expect(plan.body).not.toHaveProperty('refused');
  const wrong = await api.post('/deployments/dry-run', { token, body: features('new_iu') });
  expect(wrong.body.refused).toBe(`there is no flag new_iu in ${environment}; did you mean new_ui?`);

  const begun = await api.post('/deployments', { token, body: features('new_ui') });
  expect(begun).toMatchObject({ status: 201, body: { service, driver: 'none' } });
  const { id } = begun.body as { id: string };
  await belay.ended(id);
  const told = await api.get(`/deployments/${id}`, { token });
  expect(told).toMatchObject({ status: 200, body: { status: 'succeeded', enabled_features: { new_ui: 25 } } });
  const refused = await api.post('/deployments', { token, body: features('new_iu') });
  expect(refused).toMatchObject({
    status: 409,
    body: { error: { message: expect.stringContaining('no flag new_iu') } },
  });

  const back = await api.post(`/deployments/${environment}/${service}/rollback`, { token, body: {} });
  expect(back.status).toBeLessThan(300);
  const latest = await belay.store.latest(environment, service);
  expect(await belay.ended(latest!.id)).toMatchObject({ status: 'rolled_back', rollback_of: begun.body.generation });
  expect(await belay.store.flag({ environment, key: 'new_ui' })).toMatchObject({ enabled: false, percent: 100 });
});
