import { parseDeploymentName } from '../../src/control/name';
import { HEALTH } from '../../src/domain';
import type { AnalysisSpec, Check } from '../../src/domain/analysis';
import { Agents } from '../support/agents';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

/** Releases that are judged by what their instances report, on a real server and database. */

const folder = temporaryFolder();
const OLD = { codeVersion: '1.0.0', configurationVersion: '1' };
const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };
const ERRORS: Check = {
  name: 'error rate',
  quantity: { kind: 'metric', metric: 'error_rate', statistic: 'mean' },
  max: 0.05,
};

let belay: Belay;
let fleets: Agents[] = [];
let serial = 0;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
});
afterAll(() => belay.shut());
afterEach(async () => {
  await Promise.all(fleets.map((each) => each.end()));
  fleets = [];
});

/** Three instances; those on the release have so many errors. */
async function fleetWith(errorRate: number | undefined): Promise<Agents> {
  const fleet = new Agents(belay.store);
  fleets.push(fleet);
  const names = [1, 2, 3].map((each) => `measured-${serial}-${each}`);
  serial++;
  await fleet.add(names, OLD);
  for (const name of names) {
    fleet.states.set(name, { ...fleet.states.get(name)!, metrics: { error_rate: 0.01 } });
    fleet.behaviours.set(name, (_, { versions, generation, attempt }) => {
      const rate = versions.codeVersion === NEW.codeVersion ? errorRate : 0.01;
      const metrics = rate === undefined ? {} : { metrics: { error_rate: rate } };
      return { versions, generation, attempt, health: HEALTH.HEALTHY, ...metrics };
    });
  }
  return fleet;
}

async function start(fleet: Agents, analysis: Partial<AnalysisSpec> = {}) {
  const service = uniqueService();
  const order = simulatedOrder(folder.path, service, [], {
    driver: { kind: 'agent' },
    fleet: fleet.fleet,
    strategy: {
      kind: 'rolling',
      batching: {
        kind: 'batches',
        sizes: [
          { kind: 'count', count: 1 },
          { kind: 'count', count: 2 },
        ],
        pauseBetweenMs: 0,
      },
      bakeMs: 0,
    },
    analysis: {
      source: { kind: 'agent' },
      durationMs: 2_000,
      intervalMs: 1_000,
      violations: 1,
      count: 'consecutive',
      onNoData: 'pause',
      onInconclusive: 'pause',
      checks: [ERRORS],
      ...analysis,
    },
  });
  const { snapshotFile: _, ...spec } = order.spec;
  const instances = await belay.store.matching(fleet.fleet.labels);
  return belay.control.start({ ...order, spec, instances });
}

it('goes on with a release that errs as little as the old one, and keeps what was measured', async () => {
  const fleet = await fleetWith(0.01);
  const { id, generation } = await start(fleet, { baseline: { minSamples: 5, minEffect: 0.2, significance: 0.05 } });
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', violations: [], counts: { succeeded: 3 } });
  const rows = await belay.store.measurements(generation, 100);
  expect(rows.length).toBeGreaterThanOrEqual(2);
  expect(rows[0]).toMatchObject({ number: 0, kind: 'pass' });
  // Beside what ran before as long as somebody runs it, and by the limit alone after the last batch.
  expect(rows[0]!.findings).toHaveLength(2);
  expect(rows.at(-1)!.findings).toHaveLength(1);
});

it('takes a release back whose instances err more than they may, after the first batch, and says its numbers', async () => {
  const fleet = await fleetWith(0.2);
  const { id } = await start(fleet);
  const document = await belay.ended(id);
  expect(document).toMatchObject({
    status: 'rolled_back',
    counts: { rolled_back: 1, pending: 2 },
    reason: expect.stringMatching(/^error rate is 20% \(of \d+ samples\), above 5% \(violation 1 of 1 in a row\)$/),
    violations: [{ reason: expect.stringContaining('error rate is 20%') }],
  });
  for (const state of fleet.states.values()) expect(state.versions).toEqual(OLD);
});

it('takes a release back that is worse than what ran before, though within its limit', async () => {
  const fleet = await fleetWith(0.04);
  const { id } = await start(fleet, { baseline: { minSamples: 5, minEffect: 0.2, significance: 0.05 } });
  expect(await belay.ended(id)).toMatchObject({
    status: 'rolled_back',
    reason: expect.stringContaining('error rate beside what ran before is 4%'),
  });
});

it('never takes no data for a good sign: it waits for a person', async () => {
  const fleet = await fleetWith(undefined);
  const { id } = await start(fleet);
  const name = parseDeploymentName(id);
  const status = () => belay.control.status(name).then(({ document }) => document);
  while ((await status()).status !== 'paused') await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await status()).toMatchObject({
    reason: expect.stringContaining(
      'no data when the time to watch was over: error rate: no heartbeat of 1.1.0 told error_rate',
    ),
    counts: { succeeded: 1, pending: 2 },
  });
  await belay.control.message(name, 'abort', { by: 'ann' });
  expect((await belay.ended(id)).status).toBe('aborted');
});

it('refuses what heartbeats do not answer before anything is touched', async () => {
  const fleet = await fleetWith(0.01);
  const own: Check = { name: 'queue', quantity: { kind: 'query', query: 'max(queue)' }, max: 1 };
  await expect(start(fleet, { checks: [own] })).rejects.toThrow(
    "queue can't be measured: heartbeats answer no queries",
  );
  for (const state of fleet.states.values()) expect(state.versions).toEqual(OLD);
});
