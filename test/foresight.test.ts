import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeploymentSpec } from '../src/domain';
import type { MetricsSpec } from '../src/domain/analysis';
import type { CommandTrafficSpec, HaproxyTrafficSpec } from '../src/domain/traffic';
import { orderMembers } from '../src/domain/plan';
import { foresee, type Around } from '../src/foresight';
import { temporaryFolder } from './support/files';
import { fleetOf, planSpec } from './support/plan';

/** What is told before a deployment: what was answered refuses it, and what this machine lacks is for another to tell. */
const folder = temporaryFolder();
const CANARY: DeploymentSpec['strategy'] = {
  kind: 'canary',
  steps: [{ kind: 'traffic', weight: 100 }],
  batchSize: { kind: 'percent', percent: 100 },
  match: [],
  rollback: 'instant',
};
const SLOTS: DeploymentSpec['strategy'] = {
  kind: 'blue_green',
  slotLabel: 'slot',
  batchSize: { kind: 'percent', percent: 100 },
  validate: [],
  watchMs: 0,
  keepMs: 0,
};
const HAPROXY: HaproxyTrafficSpec = {
  kind: 'haproxy',
  endpoints: ['unix:/nowhere/admin.sock'],
  map: '/m',
  backends: { blue: 'b', green: 'g' },
  drainTimeoutMs: 0,
  timeoutMs: 1_000,
};

/** A canary whose router prints this. */
function routed(printed: string, more: Partial<CommandTrafficSpec> = {}): Partial<DeploymentSpec> {
  const traffic: CommandTrafficSpec = {
    kind: 'command',
    shift: ['true'],
    read: ['echo', printed],
    directory: folder.path,
    env: {},
    drainTimeoutMs: 0,
    timeoutMs: 5_000,
    ...more,
  };
  return { strategy: CANARY, traffic };
}

function hook(run: string[], env: Record<string, string> = {}): Partial<DeploymentSpec> {
  return { hooks: { smoke: { kind: 'command', run, env, directory: folder.path, timeoutMs: 1, gate: true } } };
}

async function foreseen(spec: Partial<DeploymentSpec>, around: Partial<Around> = {}) {
  const whole = planSpec(spec);
  const fleet = fleetOf(2, (i) => ({ labels: { slot: i === 0 ? 'blue' : 'green' } }));
  return foresee(whole, orderMembers(whole, fleet), { flags: async () => undefined, ...around });
}

const SET = '{"stable":100,"canary":0}';
const BY_WORKER = String.raw`^a worker on \S+ would refuse it: `;

it.each<[string, Partial<DeploymentSpec>, string]>([
  ['a variable of a hook', hook(['true'], { URL: '${env:SLACK_URL_9}' }), 'hooks.smoke.env: SLACK_URL_9 is not set'],
  ['the file of a hook', hook(['./gone.sh']), 'hooks.smoke.run: .*gone.sh'],
  ['a variable of the router', routed(SET, { env: { A: '${env:MESH_9}' } }), 'traffic.env: MESH_9 is not set'],
  ['the file of the router', routed(SET, { shift: ['./gone.sh'] }), 'traffic.shift: .*gone.sh'],
  ['a way to the router', routed(SET, { read: ['false'] }), 'traffic.read exited with status 1'],
  [
    'a socket of the router',
    { strategy: SLOTS, traffic: HAPROXY },
    'HAProxy at unix:/nowhere/admin.sock: there is no such socket.* Which group serves only the routers tell, so that both are listed',
  ],
])('notes that this machine lacks %s', async (_, spec, words) => {
  const { refusals, notes } = await foreseen(spec);
  expect(refusals).toEqual([]);
  expect(notes).toEqual([expect.stringMatching(new RegExp(BY_WORKER + words))]);
});

it.each<[string, Partial<DeploymentSpec>, Partial<Around>, string]>([
  ['no split', routed('75/25'), {}, 'traffic.read printed 75/25;'],
  [
    'a split that an earlier deployment left',
    routed('{"stable":75,"canary":25}'),
    {},
    'requests are split already (stable 75%, canary 25%); `belay rollback production/web` takes back what an earlier',
  ],
  [
    'a split of the deployment in flight',
    routed('{"stable":75,"canary":25}'),
    { inFlight: { id: 'production/web/12', status: 'running', actor: 'ann@here' } },
    'requests are split already (stable 75%, canary 25%); that is production/web/12, which is under way: deploy once it has ended',
  ],
])('refuses what a router answered: %s', async (_, spec, around, words) => {
  const { refusals, notes } = await foreseen(spec, around);
  expect(refusals).toEqual([expect.stringContaining(words)]);
  expect(notes).toEqual([]);
});

describe('who measures', () => {
  let told: unknown;
  let asked: string | undefined;
  const server = createServer((request, response) => {
    asked = request.url;
    response.end(JSON.stringify(told));
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const judged = (source: MetricsSpec, query = 'queue.depth'): Partial<DeploymentSpec> => ({
    analysis: {
      source,
      durationMs: 60_000,
      intervalMs: 10_000,
      violations: 3,
      count: 'consecutive',
      onNoData: 'pause',
      onInconclusive: 'pause',
      checks: ['queue', 'other'].map((name) => ({ name, quantity: { kind: 'query', query }, max: 1 })),
    },
  });
  const http = (at = url()): MetricsSpec => ({ kind: 'http', url: `${at}/stats`, timeoutMs: 2_000 });
  const prometheus = (at = url()): MetricsSpec => ({ kind: 'prometheus', url: at, timeoutMs: 2_000, queries: {} });
  const series = (...values: string[]) => ({
    status: 'success',
    data: { resultType: 'vector', result: values.map((value) => ({ metric: { value }, value: [0, value] })) },
  });

  it.each<[string, unknown, () => Partial<DeploymentSpec>, string[]]>([
    [
      'Prometheus is not there',
      {},
      () => judged(prometheus('http://127.0.0.1:1'), 'up'),
      ["what judges it tells nothing here: http://127.0.0.1:1 can't be asked: nothing listens there"],
    ],
    [
      'another server is not there',
      {},
      () => judged(http('http://127.0.0.1:1')),
      ["what judges it tells nothing here: http://127.0.0.1:1 can't be asked: nothing listens there"],
    ],
    [
      'it has no such path',
      { queue: {} },
      () => judged(http()),
      ['queue', 'other'].map(
        (name) => `${name}: PLACE tells nothing at queue.depth; correct it, unless only the release tells it`,
      ),
    ],
    ['it has', { queue: { depth: 1 } }, () => judged(http()), []],
    ['Prometheus has no data yet', series(), () => judged(prometheus(), 'max(up)'), []],
  ])('is noted where %s', async (_, answer, spec, notes) => {
    told = answer;
    const found = await foreseen(spec());
    expect(found.notes.map((each) => each.replace(url(), 'PLACE'))).toEqual(notes);
    expect(found.refusals).toEqual([]);
  });

  it('is asked about the first group where each is judged by itself', async () => {
    told = { queue: { depth: 1 } };
    const groups = { by: 'region', order: ['eu', 'us'], bakeMs: 0, approve: false };
    await foreseen({ groups, ...judged(http(`${url()}/{{fleet_group}}`)) });
    expect(asked).toBe('/eu/stats');
  });

  it('refuses a query that answers more than one series', async () => {
    told = series('1', '2');
    expect((await foreseen(judged(prometheus(), 'up'))).refusals).toEqual([
      "analysis.checks[0].query: queue can't be measured: the query answers 2 series, and one is wanted: aggregate them, like sum(…)",
    ]);
  });
});

it('has nothing to say of what is right', async () => {
  expect(await foreseen({ ...routed(SET), ...hook(['true']) })).toEqual({ refusals: [], notes: [], serving: [] });
});
