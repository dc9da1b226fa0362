import type { MemberPlan, Scenario } from './scenario';
import { ENGINE as engine } from './engine';
import { simulate } from './simulate';

const GOOD: MemberPlan = {
  flag: 'plain',
  firstInstall: false,
  takesMs: 200,
  failsTimes: 0,
  leaves: 'old',
  degradesAfterMs: null,
  onCancel: 'cancelled',
  cancelTakesMs: 10,
  restoreTakesMs: 200,
  restoreFails: false,
  zombieAfterMs: null,
  repeatsAfterMs: null,
};

const hold = (gap: number) => ({ gap, what: { kind: 'hold' as const } });

/** 10,000 members, the runs renewed again and again. */
function large(member: MemberPlan, policy: Partial<Scenario['policy']>): Scenario {
  return {
    mode: 'forward',
    policy: {
      batching: { kind: 'window', size: { kind: 'count', count: 100 } },
      bakeMs: 0,
      maxFailures: { kind: 'count', count: 0 },
      failedInstances: 'leave',
      onFailure: 'rollback',
      rollbackBatchSize: null,
      approvals: [],
      deadlineMs: null,
      ...policy,
    },
    members: [...new Array<MemberPlan>(99).fill(GOOD), member],
    times: 100,
    joins: [{ read: 0, state: 'pending', plan: GOOD }],
    leaves: [{ read: 0, pick: 5 }],
    returns: [],
    acts: [hold(50), hold(3_000), hold(5_000)],
    onTheWayBack: null,
    promotesAfterMs: null,
    regretsAfter: null,
    answers: ['go'],
    answerMs: 10,
    readMs: 5,
    sweepMs: 5,
    drawMs: 5,
    patrolMs: 50,
    tickLateMs: 0,
    sliceMs: 0,
    lastFirst: false,
  };
}

describe('ten thousand members', () => {
  it('all get there', () => {
    const outcome = simulate(large(GOOD, {}), engine);
    expect(outcome).toMatchObject({ status: 'succeeded', renewals: 3 });
  });

  it('all go back when 100 turn out ill', () => {
    const fading = { ...GOOD, degradesAfterMs: 20_000 };
    const outcome = simulate(large(fading, { bakeMs: 60_000, maxFailures: { kind: 'count', count: 50 } }), engine);
    expect(outcome).toMatchObject({ status: 'rolled_back' });
  });

  it('end with as many failures as are allowed, the first of them listed', () => {
    const failing = { ...GOOD, failsTimes: 99 };
    const outcome = simulate(large(failing, { maxFailures: { kind: 'percent', percent: 1 } }), engine);
    expect(outcome.status).toBe('completed_with_failures');
  });
});
