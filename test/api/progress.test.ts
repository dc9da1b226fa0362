import { createTokens } from '../../src/control/tokens';
import { ADMIN, REGISTRATION, TestApi } from '../support/api';
import { Belay, uniqueService } from '../support/belay';

let belay: Belay;
let api: TestApi;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  // As with `reconcile: { interval: 0 }`.
  await belay.store.configureReconciliation({ mode: 'report', intervalMs: 0 });
  await belay.work({ looksWhenAsked: true });
  api = await TestApi.open(belay);
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

const token = ADMIN;
const OLD = { code_version: '1.0.0', configuration_version: '1' };
const NEW = { code_version: '1.1.0', configuration_version: '2' };

it('moves a deployment on by hand, a step each time, and by nothing else', async () => {
  const { service } = uniqueService();
  const labels = { role: service, env: 'staging' };
  const secrets = new Map<string, string>();
  const beat = async (name: string, body: object) =>
    (await api.patch(`/inventory/instances/${name}`, { token: secrets.get(name)!, body: { status: 1, ...body } })).body;
  const join = async (name: string) => {
    const instance = { ip: '10.0.0.3', name, labels };
    const { body } = await api.post('/inventory/register', { body: { instance, token: REGISTRATION } });
    secrets.set(name, body.secret as string);
    await beat(name, OLD);
  };
  const progress = () => api.post('/deploy/progress', { token, body: {} });
  const status = async () => (await api.get(`/deploy/status?service=${service}&environment=staging`, { token })).body;
  const [a, b, c] = [`${service}-a`, `${service}-b`, `${service}-c`];
  await join(a);
  await join(b);
  expect(await progress()).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });

  const configuration = { batch_size: 1, min_healthy_time: '0s', health_interval: '1s' };
  const begun = await api.post('/deploy', { token, body: { ...NEW, labels, service, configuration } });
  expect(begun.status).toBe(201);
  // A look puts the first one in flight, if its turn hasn't come yet; nothing has been reported.
  expect((await progress()).body.counts).toMatchObject({ in_flight: 1, succeeded: 0, pending: 1 });
  const { generation } = begun.body;
  for (const [name, done] of [
    [a, 0],
    [b, 1],
  ] as const) {
    const told = await beat(name, OLD);
    expect(told).toMatchObject({ update_needed: true, desired: { ...NEW, generation } });
    await beat(name, { ...NEW, generation });
    // Reported, and not looked at: nothing moves by itself.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await status()).counts).toMatchObject({ succeeded: done, in_flight: 1 });
    expect((await progress()).body.counts).toMatchObject({ succeeded: done + 1 });
  }
  expect(await status()).toMatchObject({ status: 'succeeded', counts: { total: 2, succeeded: 2 } });

  // One that joins is brought when somebody asks, and not before.
  await join(c);
  const repair = await progress();
  expect(repair).toMatchObject({ status: 200, body: { kind: 'reconcile', service, counts: { total: 1 } } });
  expect(await beat(c, OLD)).toMatchObject({ update_needed: true, desired: NEW });
  await beat(c, { ...NEW, generation: repair.body.generation });
  expect((await progress()).body).toMatchObject({ id: repair.body.id, status: 'succeeded' });
  expect((await progress()).status).toBe(404);
  const drift = await api.get(`/inventory/drift?service=${service}`, { token });
  expect(drift.body).toMatchObject({
    reconcile: { mode: 'report', interval: '0s', last_sweep: expect.any(String) },
    services: [{ service, environment: 'staging', desired: NEW, instances: [] }],
  });
});

it('looks at no fleet that its token does not hold for', async () => {
  const { service, environment } = uniqueService();
  const labels = { role: service, environment };
  const join = async (name: string, versions: object) => {
    const instance = { ip: '10.0.0.3', name, labels };
    const { body } = await api.post('/inventory/register', { body: { instance, token: REGISTRATION } });
    const beat = { token: body.secret as string, body: { status: 1, ...versions } };
    await api.patch(`/inventory/instances/${name}`, beat);
  };
  const operator = async (scope: object) => {
    const order = { name: `op-${JSON.stringify(scope)}`, role: 'operator' as const, by: 'ann', ...scope };
    return (await createTokens(belay.store).create(order)).secret;
  };
  await join(`${service}-a`, NEW);
  const configuration = { min_healthy_time: '0s' };
  const begun = await api.post('/deploy', { token, body: { ...NEW, labels, service, configuration } });
  await belay.ended(begun.body.id);
  await join(`${service}-b`, OLD);
  const inFlight = async () =>
    ((await api.get('/overview', { token })).body.in_flight as { id: string }[]).map(({ id }) => id);
  for (const scope of [{ environments: ['staging'] }, { services: ['other'] }]) {
    expect((await api.post('/deploy/progress', { token: await operator(scope), body: {} })).status).toBe(404);
    expect(await inFlight()).toEqual([]);
  }
  const mine = await api.post('/deploy/progress', { token: await operator({ environments: [environment] }), body: {} });
  expect(mine).toMatchObject({ status: 200, body: { kind: 'reconcile', service, environment } });
  await api.post(`/deployments/${mine.body.id}/abort`, { token });
  await belay.ended(mine.body.id);
});
