import fc from 'fast-check';
import { MESSAGE_KINDS, type Approval, type Size } from '../../src/domain';
import type { Act, MemberPlan, MessagePlan, PolicyPlan, Scenario } from './scenario';

const one = <const T>(...values: T[]) => fc.constantFrom(...values);

const count = (max: number): fc.Arbitrary<Size> =>
  fc.integer({ min: 1, max }).map((n) => ({ kind: 'count', count: n }));
const percent: fc.Arbitrary<Size> = fc
  .oneof(
    { arbitrary: fc.integer({ min: 1, max: 100 }), weight: 6 },
    { arbitrary: fc.integer({ min: 1, max: 100_000 }).map((n) => n / 1000), weight: 1 },
    { arbitrary: one(10, 12, 25, 33.333, 50, 100), weight: 3 },
  )
  .map((n) => ({ kind: 'percent', percent: n }));
const batchSize = fc.oneof(
  { arbitrary: count(4), weight: 3 },
  { arbitrary: count(12), weight: 1 },
  { arbitrary: percent, weight: 2 },
);
const maxFailures: fc.Arbitrary<Size> = fc.oneof(
  { arbitrary: one(0, 1, 1, 2, 3, 5).map((n): Size => ({ kind: 'count', count: n })), weight: 3 },
  { arbitrary: fc.oneof(percent, fc.constant<Size>({ kind: 'percent', percent: 0 })), weight: 2 },
);

const ms = one(0, 1, 10, 10, 100, 100, 500, 1_000, 5_000);

const good: fc.Arbitrary<MemberPlan> = fc.record({
  flag: one('plain', 'plain', 'plain', 'plain', 'unhealthy', 'unchanged', 'excluded'),
  firstInstall: fc.nat(11).map((n) => n === 11),
  takesMs: ms,
  failsTimes: fc.constant(0),
  leaves: one('old', 'new', 'broken'),
  degradesAfterMs: fc.constant(null),
  onCancel: one('cancelled', 'cancelled', 'good', 'failed'),
  cancelTakesMs: one(0, 1, 50, 2_000),
  restoreTakesMs: ms,
  restoreFails: fc.nat(14).map((n) => n === 14),
  zombieAfterMs: fc.constant(null),
  repeatsAfterMs: one(null, null, null, 0, 20, 1_000),
});

const bad = fc.record({ takesMs: ms, failsTimes: one(1, 1, 2, 99), zombieAfterMs: one(null, null, 1, 200, 4_000) });
const fading = fc.record({ degradesAfterMs: one(0, 5, 100, 1_000, 10_000, 60_000) });

/** One member; `ill` of 20 fail or fade. */
function member(ill: number): fc.Arbitrary<MemberPlan> {
  const spoilt = fc.oneof({ arbitrary: bad, weight: 3 }, { arbitrary: fading, weight: 1 });
  const perhaps = fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.constant({}), weight: 20 - ill },
    { arbitrary: spoilt, weight: ill },
  );
  return fc.tuple(good, perhaps).map(([plan, spoil]) => ({ ...plan, ...spoil }));
}

const approval: fc.Arbitrary<Approval> = fc
  .record({
    beforeBatch: one(1, 2, 2, 3),
    timeoutMs: one<number | null>(null, 100, 3_000, 60_000),
    onTimeout: one('pause', 'reject'),
  })
  .map(({ timeoutMs, ...rest }) => ({ ...rest, ...(timeoutMs !== null && { timeoutMs }) }));

const policy: fc.Arbitrary<PolicyPlan> = fc
  .record({
    batching: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('batches' as const),
          sizes: fc.array(batchSize, { minLength: 1, maxLength: 3 }),
          pauseBetweenMs: one(0, 0, 50, 2_000),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('window' as const), size: batchSize }) },
    ),
    bakeMs: one(0, 0, 0, 300, 20_000),
    maxFailures,
    failedInstances: one('leave', 'restore'),
    onFailure: one('rollback', 'pause', 'abort'),
    rollbackBatchSize: fc.option(batchSize, { nil: null }),
    approvals: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Approval[]>([]) },
      { weight: 1, arbitrary: fc.uniqueArray(approval, { maxLength: 2, selector: (each) => each.beforeBatch }) },
    ),
    deadlineMs: one<number | null>(null, null, null, null, 1_500, 20_000),
  })
  .map((plan) => ({
    ...plan,
    approvals:
      plan.batching.kind === 'window' ? plan.approvals.filter((each) => each.beforeBatch === 1) : plan.approvals,
  }));

const message: fc.Arbitrary<MessagePlan> = fc.record({
  kind: fc.oneof(
    { weight: 1, arbitrary: one(...MESSAGE_KINDS) },
    { weight: 4, arbitrary: one('pause', 'pause', 'resume', 'resume', 'retry', 'skip', 'adjust', 'promote') },
  ),
  picks: fc.array(fc.nat(60), { maxLength: 3 }),
  from: one('failed', 'failed', 'failed', 'pending', 'pending', 'any', 'all_pending'),
  adjustment: fc.record({
    kind: one('size', 'size', 'size', 'other_size', 'max_failures', 'max_failures'),
    size: fc.oneof(count(8), maxFailures),
  }),
});

const act: fc.Arbitrary<Act> = fc.record({
  gap: one(0, 0, 1, 1, 2, 3, 4, 6, 9, 14, 25),
  what: fc.oneof(
    {
      weight: 16,
      arbitrary: fc.record({ kind: fc.constant('message' as const), message, twice: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), twice: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('hold' as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('tick' as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('repeat' as const), pick: fc.nat(20) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('stale_finding' as const),
        picks: fc.array(fc.nat(60), { maxLength: 3 }),
      }),
    },
  ),
});

/** What befalls a rollout on its way back. */
const onTheWayBack: fc.Arbitrary<Scenario['onTheWayBack']> = fc.record({
  restores: fc.nat(3),
  what: fc.oneof(
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), twice: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc
        .record({
          message,
          kind: one('abort', 'rollback', 'rollback', 'pause', 'resume', 'retry'),
          twice: fc.boolean(),
        })
        .map(({ message: plan, kind, twice }) => ({ kind: 'message' as const, message: { ...plan, kind }, twice })),
    },
  ),
});

/** Mostly small fleets, where the rules meet each other; now and then a large one. */
const fleet: fc.Arbitrary<{ members: MemberPlan[]; times: number }> = fc.oneof(
  ...[0, 2, 8].flatMap((ill) => [
    {
      weight: 40,
      arbitrary: fc.record({ members: fc.array(member(ill), { maxLength: 6, size: 'max' }), times: fc.constant(1) }),
    },
    {
      weight: 60,
      arbitrary: fc.record({
        members: fc.array(member(ill), { minLength: 7, maxLength: 16, size: 'max' }),
        times: fc.constant(1),
      }),
    },
    {
      weight: 16,
      arbitrary: fc.record({
        members: fc.array(member(ill), { minLength: 17, maxLength: 60, size: 'max' }),
        times: fc.constant(1),
      }),
    },
  ]),
  {
    weight: 2,
    arbitrary: fc.record({ members: fc.array(member(1), { minLength: 8, maxLength: 16 }), times: one(20, 60) }),
  },
);

const ALL: Size = { kind: 'percent', percent: 100 };
const ALL_AT_ONCE = { sizes: [ALL], size: ALL };

/** A rollout and all that will befall it. */
export const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    mode: one('forward', 'forward', 'forward', 'forward', 'forward', 'forward', 'forward', 'forward', 'rollback'),
    policy,
    fleet,
    joins: fc.array(
      fc.record({ read: fc.nat(3), state: one('pending', 'pending', 'unchanged', 'unreachable'), plan: member(3) }),
      { maxLength: 3 },
    ),
    leaves: fc.array(fc.record({ read: fc.nat(3), pick: fc.nat(60) }), { maxLength: 2 }),
    returns: fc.array(
      fc.record({
        read: fc.nat(4),
        pick: fc.nat(3),
        as: one('they_were', 'they_were', 'old', 'broken', 'unreachable'),
      }),
      { maxLength: 2 },
    ),
    acts: fc.oneof(
      { weight: 1, arbitrary: fc.constant<Act[]>([]) },
      { weight: 3, arbitrary: fc.array(act, { maxLength: 10, size: 'max' }) },
    ),
    onTheWayBack: fc.option(onTheWayBack, { nil: null, freq: 2 }),
    promotesAfterMs: one(null, null, null, 0, 20, 1_000),
    regretsAfter: one(null, 2, 6, 12),
    answers: fc.array(one('go', 'go', 'go', 'stop', 'wait'), { minLength: 1, maxLength: 4 }),
    answerMs: one(0, 10, 1_000, 100_000),
    readMs: one(0, 5, 300),
    sweepMs: one(0, 5, 300),
    drawMs: one(0, 5, 300),
    patrolMs: one(1, 50, 500, 10_000),
    tickLateMs: one(0, 0, 0, 1, 700),
    sliceMs: one(0, 0, 0, 0, 20, 1_000),
    lastFirst: fc.boolean(),
    // A large fleet is for batches that are larger than what may ever be in flight.
    atOnce: fc.boolean(),
  })
  .map(({ fleet: { members, times }, atOnce, policy: plan, ...rest }) => {
    const batching = atOnce && times > 1 ? { ...plan.batching, ...ALL_AT_ONCE } : plan.batching;
    return { ...rest, members, times, policy: { ...plan, batching } };
  });
