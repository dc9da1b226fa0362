import type { DeploymentSpec } from '../../../src/domain';
import type { TrafficSpec } from '../../../src/domain/traffic';
import { buildPlan, excludedNames, orderMembers } from '../../../src/domain/plan';
import { fleetOf, planSpec } from '../../support/plan';

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
