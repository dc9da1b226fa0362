import { openStore, type Store } from '../../src/store';
import { ADMIN, TestApi } from '../support/api';
import { Belay, uniqueService } from '../support/belay';
import { Crowd } from '../support/crowd';

const token = ADMIN;
const OLD = { code_version: '1.0.0', configuration_version: '1' };
const NEW = { code_version: '1.1.0', configuration_version: '2' };
const COUNT = 200;
const WINDOW = 20;

let belay: Belay;
let api: TestApi;
let store: Store;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  await belay.work();
  // Connections of its own, as an API has them: whoever looks at the deployment isn't in its way.
  store = await openStore(belay.environment.DATABASE_URL!, { max: 20 });
  api = await TestApi.open(belay, { heartbeat: { intervalMs: 1_000, unknownAfterMs: 120_000 } }, store);
});
afterAll(async () => {
  await api.close();
  await store.close();
  await belay.shut();
});

it(`brings ${COUNT} agents that beat every second to a release, and one that joins in the middle`, async () => {
  const { service } = uniqueService();
  const crowd = new Crowd(api, 1_000);
  try {
    const names = Array.from({ length: COUNT }, (_, i) => `${service}-${i}`);
    await Promise.all(names.map((name) => crowd.join(name, OLD)));
    const configuration = { batch_size: WINDOW, min_healthy_time: '0s', health_timeout: '5m' };
    const begun = await api.post('/deploy', { token, body: { ...NEW, labels: crowd.labels, service, configuration } });
    expect(begun).toMatchObject({ status: 201, body: { service, counts: { total: COUNT } } });
    await belay.until(begun.body.id, ({ counts }) => counts.succeeded > WINDOW);
    const late = `${service}-late`;
    await crowd.join(late, OLD);

    const { status, counts, failures } = await belay.ended(begun.body.id);
    expect({ status, failures }).toEqual({ status: 'succeeded', failures: [] });
    expect(counts).toMatchObject({ total: COUNT + 1, succeeded: COUNT + 1 });
    for (const name of [...names, late]) {
      expect([name, crowd.reports.get(name)]).toMatchObject([name, { ...NEW, status: 1 }]);
      expect([name, crowd.told.get(name)]).toEqual([name, [begun.body.generation]]);
    }
    expect(crowd.mostInFlight).toBeLessThanOrEqual(WINDOW);
    expect(crowd.odd).toEqual([]);
  } finally {
    await crowd.end();
  }
}, 600_000);
