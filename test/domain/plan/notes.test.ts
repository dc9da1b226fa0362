import type { DeploymentSpec } from '../../../src/domain';
import type { AnalysisSpec, MetricsSpec, Quantity } from '../../../src/domain/analysis';
import type { TrafficSpec } from '../../../src/domain/traffic';
import { buildPlan, excludedNames, orderMembers } from '../../../src/domain/plan';
import { watching } from '../../support/delivery';
import { fleetOf, planSpec, running } from '../../support/plan';

/** What a person should know before requests are split. */
const ROUTER: TrafficSpec = {
  kind: 'command',
  shift: [],
  read: [],
  directory: '/',
  env: {},
  drainTimeoutMs: 0,
  timeoutMs: 0,
};
const CANARY: DeploymentSpec['strategy'] = {
  kind: 'canary',
  steps: [{ kind: 'traffic', weight: 100 }],
  batchSize: { kind: 'percent', percent: 100 },
  match: [],
  rollback: 'instant',
};
const PART = { only: ['web-01', 'web-02'], exclude: [], first: [] };

function notesOf(more: Partial<DeploymentSpec>, size = 6): string[] {
  const spec = planSpec({ strategy: CANARY, traffic: ROUTER, ...more });
  const instances = fleetOf(size);
  const excluded = excludedNames(spec, instances);
  return buildPlan({ spec, members: orderMembers(spec, instances), excluded }).notes;
}

it.each<[string, Partial<DeploymentSpec>, string[]]>([
  [
    'blue-green with one that is excluded',
    {
      strategy: {
        kind: 'blue_green',
        slotLabel: 'slot',
        batchSize: { kind: 'percent', percent: 100 },
        validate: [],
        watchMs: 0,
        keepMs: 0,
      },
      selection: { only: [], exclude: ['web-06'], first: [] },
    },
    ['left out, and sent requests all the same while they are servers of their group, whatever they run: web-06'],
  ],
  [
    'a canary of a part of the fleet',
    { selection: PART },
    [
      "shares are of all requests, and only 2 of the fleet's 6 instances can have the release: they get all of its share, and only and exclude leave out the others: web-03, web-04, web-05, web-06",
    ],
  ],
  ['a canary of all of it', {}, []],
  ['a canary of a part without a router', { selection: PART, traffic: { kind: 'nop' } }, []],
  ['a rolling deployment of a part', { selection: PART, strategy: planSpec().strategy }, []],
])('%s', (_, more, notes) => {
  expect(notesOf(more)).toEqual(notes);
});

describe('a release of another configuration alone', () => {
  const CODE = '1.4.0';
  const QUEUE = 'max(queue{version="{{version}}"})';
  const HTTP: MetricsSpec = { kind: 'http', url: 'http://stats/?v={{ version }}', timeoutMs: 1 };

  function judged(source: Partial<Extract<MetricsSpec, { kind: 'prometheus' }>> | MetricsSpec, query?: string) {
    const metric: Quantity = { kind: 'metric', metric: 'error_rate', statistic: 'mean' };
    const analysis: AnalysisSpec = {
      source: { kind: 'prometheus', url: 'http://p', timeoutMs: 1, queries: {}, ...source } as MetricsSpec,
      durationMs: 1,
      intervalMs: 1,
      violations: 1,
      count: 'total',
      onNoData: 'pause',
      onInconclusive: 'pause',
      checks: [
        query === undefined
          ? { name: 'error rate', quantity: metric, max: 1 }
          : { name: 'queue', quantity: { kind: 'query', query }, max: 1 },
      ],
    };
    return { analysis, release: running(CODE, '12') };
  }
  const told = (name: string) =>
    `only the configuration changes (11 to 12), and ${name} is asked for by {{version}} alone, which is ${CODE} before ` +
    'and after: both are measured as one; label what is measured with the version of the configuration, too, and ask by ' +
    '{{configuration_version}}';
  const BOTH = 'x{v="{{version}}",c="{{configuration_version}}"}';

  it.each<[string, Partial<DeploymentSpec>, string[]]>([
    ['by the usual queries', judged({}), [told('error rate')]],
    ['by half of them', judged({ queries: { requests: BOTH } }), [told('error rate')]],
    ['by a query of its own', judged({}, QUEUE), [told('queue')]],
    ['by an address', judged(HTTP), [told('error rate')]],
  ])('is noted where it is judged %s', (_, more, notes) => {
    expect(notesOf(more)).toEqual(notes);
  });

  it.each<[string, Partial<DeploymentSpec>]>([
    ['queries that name both versions', judged({ queries: { requests: BOTH, errors: BOTH } })],
    ['a query of everybody', judged({}, 'max(queue)')],
    ['an address that names the side', judged({ ...HTTP, url: 'http://stats/{{group}}/{{version}}' })],
    ['heartbeats', judged({ kind: 'agent' })],
    ['nothing', { release: running(CODE, '12') }],
  ])('is not where it is judged by %s', (_, more) => {
    expect(notesOf(more)).toEqual([]);
  });

  it('is not where the code changes, too', () => {
    expect(notesOf({ ...judged({}), release: running('1.5.0', '12') })).toEqual([]);
  });
});

describe('groups that are judged one by one', () => {
  const groups: NonNullable<DeploymentSpec['groups']> = {
    by: 'region',
    order: ['eu', 'us'],
    bakeMs: 0,
    approve: false,
  };
  const NOP: TrafficSpec = { kind: 'nop' };
  const HERE = 'x{v="{{version}}",region="{{fleet_group}}"}';
  const PROMETHEUS: MetricsSpec = { kind: 'prometheus', url: 'http://p', timeoutMs: 1, queries: {} };
  const HTTP: MetricsSpec = { kind: 'http', url: 'http://stats/{{version}}', timeoutMs: 1 };

  function judged(source: MetricsSpec, query?: string): Partial<DeploymentSpec> {
    const quantity: Quantity =
      query === undefined ? { kind: 'metric', metric: 'error_rate', statistic: 'mean' } : { kind: 'query', query };
    return {
      groups,
      traffic: NOP,
      analysis: { ...watching(), source, checks: [{ name: 'errors', quantity, max: 1 }] },
    };
  }
  const told = (what: string) =>
    'groups go one after another, and errors is asked for of all at once: what others do passes for the group that is ' +
    `under way; write {{fleet_group}} into ${what}, where the name of the group is to stand`;

  it.each<[string, Partial<DeploymentSpec>, string[]]>([
    ['by the usual queries', judged(PROMETHEUS), [told('the queries')]],
    ['by half of them', judged({ ...PROMETHEUS, queries: { requests: HERE } }), [told('the queries')]],
    ['by an address', judged(HTTP), [told('the address')]],
    ['batch after batch', { ...judged(HTTP), strategy: planSpec().strategy }, [told('the address')]],
    ['by queries that name the group', judged({ ...PROMETHEUS, queries: { requests: HERE, errors: HERE } }), []],
    ['by an address that names it', judged({ ...HTTP, url: 'http://stats/{{fleet_group}}/{{version}}' }), []],
    ['by a query of what all releases share', judged(PROMETHEUS, 'max(kafka_lag)'), []],
    ['by heartbeats, which are told apart', judged({ kind: 'agent' }), []],
    ['by nothing', { groups, traffic: NOP }, []],
  ])('%s', (_, more, notes) => {
    expect(notesOf(more)).toEqual(notes);
  });
});
