import { createTokens } from '../../src/control/tokens';
import { startPart, type PartProcess } from '../../src/stack/part-process';
import { freePort } from '../../src/stack/ports';
import { ADMIN, REGISTRATION, serverConfig, TestApi } from '../support/api';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';
import { scraped, valueOf, type Scraped } from '../support/prometheus';

const folder = temporaryFolder();
let belay: Belay;
let api: TestApi;
let worker: PartProcess;
let workerUrl: string;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  api = await TestApi.open(belay);
  const { temporal, databaseUrl, taskQueue } = serverConfig(belay);
  const metrics = { host: '127.0.0.1', port: await freePort() };
  workerUrl = `http://${metrics.host}:${metrics.port}`;
  worker = await startPart(folder.path, { kind: 'worker', config: { temporal, databaseUrl, taskQueue, metrics } });
});
afterAll(async () => {
  await worker.stop();
  await api.close();
  await belay.shut();
});

const ofApi = async (): Promise<Scraped> => {
  const { status, body, headers } = await api.get('/metrics', { token: ADMIN });
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  return scraped(body);
};
const ofWorker = async (): Promise<Scraped> => {
  const answer = await fetch(`${workerUrl}/metrics`);
  expect(answer.status).toBe(200);
  return scraped(await answer.text());
};

/** Figures of the database are at most some seconds old. */
async function untilApi(holds: (now: Scraped) => boolean): Promise<Scraped> {
  for (;;) {
    const now = await ofApi();
    if (holds(now)) return now;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

it('API and worker tell Prometheus of a deployment while it goes on, and of its end', async () => {
  const { environment, service } = uniqueService();
  const name = { environment, service };
  const approvals = [{ beforeBatch: 1, onTimeout: 'pause' as const }];
  const { id } = await belay.control.start(simulatedOrder(folder.path, name, ['a', 'b', 'c'], { approvals }));
  await belay.until(id, ({ status }) => status === 'awaiting_approval');

  const waiting = { ...name, status: 'awaiting_approval' };
  const during = await untilApi((now) => valueOf(now, 'belay_deployments', waiting) === 1);
  expect(valueOf(during, 'belay_deployment_age_seconds', waiting)).toBeGreaterThan(0);
  expect(valueOf(during, 'belay_database_up')).toBe(1);
  expect(valueOf(await ofWorker(), 'belay_deployments_ended_total', name)).toBeUndefined();

  expect((await api.post(`/deployments/${id}/approve`, { token: ADMIN })).status).toBe(200);
  await belay.ended(id);
  const after = await untilApi((now) => valueOf(now, 'belay_deployments', { ...name, status: 'succeeded' }) === 1);
  expect(valueOf(after, 'belay_deployments', waiting)).toBeUndefined();
  expect(valueOf(after, 'belay_deployment_age_seconds', name)).toBeUndefined();

  const done = await ofWorker();
  expect(valueOf(done, 'belay_deployments_ended_total', { ...name, status: 'succeeded' })).toBe(1);
  expect(valueOf(done, 'belay_deployment_duration_seconds_count', { status: 'succeeded' })).toBe(1);
  const changed = { towards: 'release', result: 'good' };
  expect(valueOf(done, 'belay_instance_change_duration_seconds_count', changed)).toBe(3);
  // The SDK's own, at the same place.
  expect(done.get('temporal_activity_execution_latency_seconds_count')).not.toBeUndefined();
  for (const each of [after, done]) {
    expect(valueOf(each, 'nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
    expect(valueOf(each, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  }
});

it('the API counts requests by route and status, and heartbeats by what became of them', async () => {
  const instance = { ip: '10.0.0.3', name: 'counted-01', labels: { role: 'counted' } };
  const { body } = await api.post('/inventory/register', { body: { instance, token: REGISTRATION } });
  const beat = { code_version: '1.0.0', configuration_version: '1', status: 1 };
  const before = await ofApi();
  const count = (from: Scraped, result: string) => valueOf(from, 'belay_heartbeats_total', { result }) ?? NaN;
  await api.patch('/inventory/instances/counted-01', { token: body.secret, body: beat });
  await api.patch('/inventory/instances/counted-01', { token: 'somebody-elses', body: beat });
  await api.patch('/inventory/instances/counted-99', { token: body.secret, body: beat });
  await api.get('/no/such/place');

  const after = await untilApi((now) => valueOf(now, 'belay_instances', { state: 'healthy' }) === 1);
  for (const result of ['heard', 'wrong_secret', 'unknown']) {
    expect([result, count(after, result) - count(before, result)]).toEqual([result, 1]);
  }
  const before99 = valueOf(before, 'belay_heartbeat_duration_seconds_count') ?? 0;
  expect(valueOf(after, 'belay_heartbeat_duration_seconds_count')).toBe(before99 + 3);
  const route = '/inventory/instances/:name';
  const requests = (status: string) => valueOf(after, 'belay_http_requests_total', { method: 'PATCH', route, status });
  expect([requests('200'), requests('401'), requests('404')]).toEqual([1, 1, 1]);
  expect(valueOf(after, 'belay_http_requests_total', { route: 'none', status: '404' })).toBe(1);
  expect(valueOf(after, 'belay_http_request_duration_seconds_count', { method: 'PATCH', route })).toBe(3);
  // However many names there are, there is one series.
  expect(JSON.stringify([...after])).not.toContain('counted-99');
});

it('whoever holds for some services only is not told of all of them', async () => {
  const tokens = createTokens(belay.store);
  const some = await tokens.create({ name: 'some', role: 'viewer', by: 'ann', services: ['web'] });
  const all = await tokens.create({ name: 'prometheus', role: 'viewer', by: 'ann' });
  const statuses = await Promise.all(
    [{}, { token: some.secret }, { token: all.secret }].map(async (call) => (await api.get('/metrics', call)).status),
  );
  expect(statuses).toEqual([401, 403, 200]);
});

it('a scrape is answered when the database is not', async () => {
  const other = await TestApi.open(belay, {}, { ...belay.store, figures: () => Promise.reject(new Error('gone')) });
  const { status, body } = await other.get('/metrics', { token: ADMIN });
  const now = scraped(body);
  expect([status, valueOf(now, 'belay_database_up')]).toEqual([200, 0]);
  expect(now.get('belay_deployments')).toBeUndefined();
  expect(valueOf(now, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  await other.close();
});

it("a worker's listener has nothing else", async () => {
  expect(await (await fetch(`${workerUrl}/healthz`)).json()).toEqual({ status: 'ok' });
  expect((await fetch(`${workerUrl}/`)).status).toBe(404);
  expect((await fetch(`${workerUrl}/metrics`, { method: 'POST' })).status).toBe(405);
});
