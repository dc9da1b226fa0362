import { parseDeploymentName } from '../../src/control/name';
import { HEALTH } from '../../src/domain';
import type { AnalysisSpec, Check } from '../../src/domain/analysis';
import { Agents } from '../support/agents';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';
import { MeasuredService } from '../support/measured-service';
import { PrometheusServer } from '../support/prometheus-server';

/** Deployments that a real Prometheus decides about, on a real server and database. */

const folder = temporaryFolder();
const OLD = { codeVersion: '1.0.0', configurationVersion: '1' };
const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };
const USUAL = { errors: 0.03, median: 0.1 };
const ERRORS: Check = {
  name: 'error rate',
  quantity: { kind: 'metric', metric: 'error_rate', statistic: 'mean' },
  max: 0.5,
};

let belay: Belay;
let prometheus: PrometheusServer;
const fleets: Agents[] = [];
const services: MeasuredService[] = [];
beforeAll(async () => {
  [belay, prometheus] = await Promise.all([Belay.open(), PrometheusServer.start()]);
  await belay.work();
}, 60_000);
afterAll(async () => {
  await Promise.all([...fleets.map((each) => each.end()), ...services.map((each) => each.stop())]);
  await prometheus.stop();
  await belay.shut();
});

/** Three instances on the old version; what either version serves is measured all the time. */
async function deploy(errors: number, checks = [ERRORS]) {
  const named = uniqueService();
  const { service } = named;
  const names = [1, 2, 3].map((each) => `${service}-${each}`);
  const fleet = new Agents(belay.store);
  fleets.push(fleet);
  await fleet.add(names, OLD);
  for (const name of names) {
    fleet.behaviours.set(name, (_, wanted) => ({ ...wanted, health: HEALTH.HEALTHY }));
  }
  const manners = { [OLD.codeVersion]: USUAL, [NEW.codeVersion]: { ...USUAL, errors } };
  for (const [version, each] of Object.entries(manners)) {
    services.push(await MeasuredService.start({ service, version }, each, services.length * 7919 + 1));
  }
  await prometheus.scrape(services.map(({ target }) => target));
  const analysis: AnalysisSpec = {
    source: { kind: 'prometheus', url: prometheus.url, timeoutMs: 5_000, queries: {} },
    durationMs: 6_000,
    intervalMs: 2_000,
    violations: 2,
    count: 'consecutive',
    onNoData: 'pause',
    onInconclusive: 'pause',
    checks,
    baseline: { minSamples: 200, minEffect: 0.2, significance: 0.001 },
  };
  const [one, rest] = [1, 2].map((count) => ({ kind: 'count' as const, count }));
  const order = simulatedOrder(folder.path, named, [], {
    driver: { kind: 'agent' },
    fleet: fleet.fleet,
    strategy: { kind: 'rolling', batching: { kind: 'batches', sizes: [one!, rest!], pauseBetweenMs: 0 }, bakeMs: 0 },
    analysis,
  });
  const { snapshotFile: _, ...spec } = order.spec;
  const begin = async () =>
    belay.control.start({ ...order, spec, instances: await belay.store.matching(fleet.fleet.labels) });
  return { begin, fleet };
}

it('takes a release back that has three times the errors of what runs beside it, after its first batch', async () => {
  const { begin, fleet } = await deploy(3 * USUAL.errors);
  const { id } = await begin();
  expect(await belay.ended(id)).toMatchObject({
    status: 'rolled_back',
    counts: { rolled_back: 1, pending: 2 },
    reason: expect.stringMatching(
      /^error rate beside what ran before is .*: worse by [\d.]+% .*\(violation 2 of 2 in a row\)$/,
    ),
  });
  for (const { versions } of fleet.states.values()) expect(versions).toEqual(OLD);
  const { exposure } = await belay.control.show(parseDeploymentName(id));
  expect(exposure.last_verdict).toMatchObject({ kind: 'fail', findings: [{ kind: 'pass' }, { kind: 'fail' }] });
  const [, compared] = exposure.metrics_history;
  expect(compared!.points.filter(({ verdict }) => verdict === 'fail')).toHaveLength(2);
  expect(compared!.points[0]!.before).toBeGreaterThan(0);
}, 60_000);

it('goes on with one that errs as often, and as unevenly', async () => {
  const { begin } = await deploy(USUAL.errors);
  const { id } = await begin();
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 3 } });
}, 60_000);

it('refuses one that asks for a metric that nobody ever told, before anything is touched', async () => {
  const quantity = { kind: 'query' as const, query: 'max(http_requests_totals{version="{{version}}"})' };
  const { begin, fleet } = await deploy(USUAL.errors, [{ name: 'queue', quantity, max: 1 }]);
  await expect(begin()).rejects.toThrow(
    "queue can't be measured: Prometheus has never had a metric http_requests_totals; did you mean http_requests_total?",
  );
  for (const { versions } of fleet.states.values()) expect(versions).toEqual(OLD);
});
