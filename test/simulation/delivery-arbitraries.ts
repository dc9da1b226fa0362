import fc from 'fast-check';
import type { AnalysisRule } from '../../src/domain/analysis';
import type { BlueGreenStrategy, CanaryStrategy, FeatureFlagsStrategy } from '../../src/domain';
import { MOMENTS, type Moment } from '../../src/domain/hooks';
import type { StrategyStep } from '../../src/domain/spec';
import { scenario } from './arbitraries';
import type { DeliveryPlan } from './delivery-plan';
import type { Scenario } from './scenario';

const NONE: never[] = [];
const one = <const T>(...values: T[]) => fc.constantFrom(...values);
const batchSize = one(
  { kind: 'percent', percent: 100 } as const,
  { kind: 'percent', percent: 30 } as const,
  { kind: 'count', count: 1 } as const,
  { kind: 'count', count: 3 } as const,
);

const watched: fc.Arbitrary<AnalysisRule> = fc.record({
  durationMs: one(10, 300, 1_500),
  intervalMs: one(100, 400, 1_000),
  violations: one(1, 2, 3),
  count: one('consecutive', 'total'),
  onNoData: one('pause', 'wait', 'fail'),
  onInconclusive: one('pause', 'wait', 'fail'),
});

const between: fc.Arbitrary<StrategyStep> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('analyze' as const), forMs: one(10, 300, 1_500) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('bake' as const), forMs: one(0, 50, 3_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('hook' as const), hook: one('smoke', 'load') }) },
  {
    weight: 1,
    arbitrary: fc
      .record({ timeoutMs: one<number | null>(null, 100, 3_000), onTimeout: one('pause', 'reject') })
      .map(({ timeoutMs, onTimeout }) => ({
        kind: 'approve' as const,
        onTimeout,
        ...(timeoutMs !== null && { timeoutMs }),
      })),
  },
);

const canary: fc.Arbitrary<CanaryStrategy> = fc
  .record({
    weights: fc.uniqueArray(one(1, 5, 10, 25, 33, 50, 75, 90), { maxLength: 4 }),
    analyses: fc.boolean(),
    updates: fc.nat(3).map((n) => n === 0),
    first: fc.array(between, { maxLength: 1 }),
    betweens: fc.array(fc.array(between, { maxLength: 2 }), { minLength: 6, maxLength: 6 }),
    batchSize,
    testers: fc.nat(3).map((n) => n === 0),
    rollback: one('instant', 'instant', 'progressive'),
  })
  .map(({ weights, analyses, updates, first, betweens, batchSize: size, testers, rollback }) => {
    const rising = [...weights.sort((a, b) => a - b), 100];
    const steps = rising.flatMap((weight, at): StrategyStep[] => [
      ...(updates && at === 1 ? [{ kind: 'update' as const, percent: weight }] : []),
      { kind: 'traffic', weight },
      ...(analyses ? [{ kind: 'analyze' as const, forMs: 100 }] : []),
      ...(betweens[at] ?? []),
    ]);
    const match = testers ? [{ kind: 'header' as const, name: 'x-canary', value: '1' }] : [];
    return { kind: 'canary', steps: [...first, ...steps], batchSize: size, match, rollback };
  });

const blueGreen: fc.Arbitrary<BlueGreenStrategy> = fc
  .record({
    validate: fc.array(between, { maxLength: 3 }),
    watchMs: one(0, 300),
    restMs: one(0, 5_000),
    batchSize,
  })
  .map(({ restMs, ...rest }) => ({
    kind: 'blue_green',
    slotLabel: 'slot',
    keepMs: rest.watchMs + restMs,
    ...rest,
  }));

const features: fc.Arbitrary<FeatureFlagsStrategy> = fc
  .record({
    steps: fc.array(one<number[] | 'off'>([5, 100], [100], [1, 10, 50], 'off'), { maxLength: 4 }),
    onViolation: one('feature', 'feature', 'all'),
  })
  .map(({ steps, onViolation }) => ({
    kind: 'feature_flags',
    features: steps.map((each, at) => ({ key: `f${at}`, steps: each })),
    onViolation,
  }));

const hooks: fc.Arbitrary<DeliveryPlan['hooks']> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.tuple(one(...MOMENTS), fc.boolean()), { maxLength: 5 })
      .map((each) => Object.fromEntries(each) as Partial<Record<Moment, boolean>>),
  },
);

const plan: fc.Arbitrary<DeliveryPlan> = fc.record({
  strategy: fc.oneof(
    { weight: 5, arbitrary: canary },
    { weight: 3, arbitrary: blueGreen },
    { weight: 2, arbitrary: features },
    { weight: 2, arbitrary: fc.constant(null) },
  ),
  router: fc.nat(5).map((n) => n > 0),
  analysis: fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 4, arbitrary: watched }),
  flags: one<Record<string, number>>({}, {}, { ui: 25 }, { ui: 25, search: 100 }),
  hooks,
  calendar: one('windows', 'freezes'),
  verdicts: fc.oneof(
    { weight: 1, arbitrary: fc.constant(NONE) },
    {
      weight: 2,
      arbitrary: fc.array(one('pass', 'pass', 'pass', 'fail', 'fail', 'no_data', 'inconclusive'), {
        maxLength: 25,
        size: 'max',
      }),
    },
  ),
  measureMs: one(0, 5, 300),
  acts: fc.oneof(
    { weight: 2, arbitrary: fc.constant(NONE) },
    {
      weight: 1,
      arbitrary: fc.array(one('done', 'done', 'done', 'fails', 'half'), { maxLength: 16, size: 'max' }),
    },
  ),
  actMs: one(0, 5, 300),
  onCancel: one('done', 'fails', 'half'),
  closures: fc.oneof(
    { weight: 3, arbitrary: fc.constant(NONE) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.record({ fromMs: one(0, 1, 300, 3_000), forMs: one(100, 5_000, 150_000), known: fc.boolean() }),
        { maxLength: 2 },
      ),
    },
  ),
});

/** A rollout with traffic, analyses, hooks, flags and a calendar, and all that will befall it. */
export const delivered: fc.Arbitrary<Scenario> = fc.tuple(scenario, plan).map(([base, delivery]): Scenario => {
  const { strategy } = delivery;
  const forward = { ...base, mode: 'forward' as const, delivery };
  if (strategy === null) return forward;
  const sizes = strategy.kind === 'feature_flags' ? [{ kind: 'count' as const, count: 1 }] : [strategy.batchSize];
  const policy = { ...base.policy, batching: { kind: 'batches' as const, sizes, pauseBetweenMs: 0 }, bakeMs: 0 };
  if (strategy.kind !== 'feature_flags') return { ...forward, policy };
  return { ...forward, policy: { ...policy, approvals: [] }, members: [], joins: [], leaves: [], returns: [] };
});
