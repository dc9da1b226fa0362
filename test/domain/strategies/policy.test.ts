import type { DeploymentSpec, Strategy } from '../../../src/domain/spec';
import { policyOf } from '../../../src/domain/strategies/policy';
import { hooks, routed, shares, watching } from '../../support/delivery';
import { planSpec, rolling } from '../../support/plan';

const batchSize = { kind: 'count', count: 2 } as const;
type Of<K extends Strategy['kind']> = Extract<Strategy, { kind: K }>;
const canary: Of<'canary'> = { kind: 'canary', steps: shares(50, 100), batchSize, match: [], rollback: 'progressive' };
const green: Of<'blue_green'> = {
  kind: 'blue_green',
  slotLabel: 'slot',
  batchSize,
  validate: [],
  watchMs: 0,
  keepMs: 0,
};
const flags: Of<'feature_flags'> = {
  kind: 'feature_flags',
  features: [{ key: 'ui', steps: [5] }],
  onViolation: 'feature',
};
const windows: DeploymentSpec['windows'] = [{ days: ['mon'], from: 0, to: 60, timeZone: 'UTC' }];

const forward = (strategy: DeploymentSpec['strategy'], more: Partial<DeploymentSpec> = {}) =>
  policyOf(planSpec({ ...more, strategy }), 'forward');

it.each([
  ['rolling', rolling(['1']), undefined],
  ['canary', canary, 7],
  ['blue_green', green, 3],
  ['feature_flags', flags, 1],
] as const)('gives %s its course', (_, strategy, stages) => {
  expect(forward(strategy).course?.length).toBe(stages);
});

it('shifts requests only where something can be told to, and only with strategies that share them', () => {
  expect(forward(canary, routed()).router).toBe(true);
  expect(forward(canary, { traffic: { kind: 'nop' } }).router).toBeUndefined();
  expect(forward(canary).router).toBeUndefined();
  expect(forward(rolling(['1']), routed()).router).toBeUndefined();
});

it('knows how each goes back', () => {
  expect(forward(canary)).toMatchObject({ backBy: 'steps' });
  expect(forward(green)).toMatchObject({ sides: 'slots' });
  expect(forward(flags)).toMatchObject({ onViolation: 'feature' });
  expect(forward({ ...flags, onViolation: 'all' }).onViolation).toBeUndefined();
});

it('sets flags of a release at the end of a rolling deployment, and within the course of others', () => {
  expect(forward(rolling(['1']), { flags: { ui: 5 } }).flags).toEqual({ ui: 5 });
  const policy = forward(canary, { flags: { ui: 5 } });
  expect(policy.flags).toBeUndefined();
  expect(policy.course).toContainEqual({ kind: 'flag', feature: 'ui', percent: 5 });
});

it('runs hooks of a moment by itself, and no others', () => {
  expect(forward(canary, { hooks: hooks({ smoke: true, pre_deploy: true, on_failure: false }) }).hooks).toEqual({
    pre_deploy: { gate: true },
    on_failure: { gate: false },
  });
});

it('asks the calendar from the beginning where there are windows, later where there are only freezes', () => {
  expect(forward(canary, { windows }).calendar).toBe('windows');
  expect(forward(canary).calendar).toBe('freezes');
});

it('for a way back has neither a course nor a calendar, and nothing to measure', () => {
  const back = policyOf(
    planSpec({ strategy: canary, analysis: watching(), windows, flags: { ui: 5 }, ...routed() }),
    'rollback',
  );
  expect(back).toMatchObject({ router: true, backBy: 'steps' });
  for (const key of ['course', 'calendar', 'analysis', 'flags'] as const) expect(back[key]).toBeUndefined();
});
