import { MEMBER, isQuiet, progressOf, refusal, wakeAt } from '../../../src/domain/rollout';
import type { Message, OnFailure } from '../../../src/domain';
import type { Joiner, RolloutPolicy } from '../../../src/domain/rollout';
import { policy, RolloutHarness } from '../../support/rollout';

const MINUTE = 60_000;

describe('a rollout that goes well', () => {
  it('goes batch by batch, the last size repeating, and succeeds', () => {
    const rollout = new RolloutHarness(6, policy()).good(0).good(1, 2, 3).good(4, 5);
    expect(rollout.changes).toEqual([[0], [1, 2, 3], [4, 5]]);
    expect(rollout.ended).toBe('succeeded');
  });

  it('with a window starts the next one when one ends', () => {
    const rollout = new RolloutHarness(4, policy({ window: 2 })).good(0).good(1).good(3).good(2);
    expect(rollout.changes).toEqual([[0, 1], [2], [3]]);
    expect(rollout.ended).toBe('succeeded');
  });

  it('starts with the unhealthy ones, and leaves the unchanged and the unreachable alone', () => {
    const rollout = new RolloutHarness([0, MEMBER.UNCHANGED, MEMBER.EXCLUDED, MEMBER.UNHEALTHY], policy({ sizes: [1] }))
      .good(3)
      .good(0);
    expect(rollout.changes).toEqual([[3], [0]]);
    expect(rollout.ended).toBe('succeeded');
    expect(progressOf(rollout.state).counts).toMatchObject({ total: 4, succeeded: 2, unchanged: 1, skipped: 1 });
  });

  it('never has more than 500 in flight, however large the batch', () => {
    const rollout = new RolloutHarness(1200, policy({ sizes: [1200] })).good(7);
    expect(rollout.changes.map((batch) => batch.length)).toEqual([500, 1]);
  });

  it('waits between batches and bakes after the last one; promote skips the rest of a wait', () => {
    const rollout = new RolloutHarness(2, policy({ sizes: [1], pauseBetweenMs: MINUTE, bakeMs: 5 * MINUTE })).good(0);
    expect(wakeAt(rollout.state)).toBe(MINUTE);
    rollout.after(MINUTE - 1);
    expect(rollout.changes).toEqual([[0]]);
    rollout.after(1).good(1);
    expect(progressOf(rollout.state).step.kind).toBe('bake');
    rollout.message('promote');
    expect(rollout.ended).toBe('succeeded');
  });

  it('bakes anew after the batch of those who joined last', () => {
    const rollout = new RolloutHarness(1, policy({ bakeMs: 5 * MINUTE })).good(0);
    rollout.nextRead = { kind: 'membership', joined: [{ ordinal: 1, state: 'pending' }], left: [] };
    rollout.after(5 * MINUTE).good(1);
    expect(progressOf(rollout.state).awaiting).toMatchObject({ kind: 'bake', until: 10 * MINUTE });
    rollout.after(5 * MINUTE - 1);
    expect(rollout.ended).toBeUndefined();
    expect(rollout.after(1).ended).toBe('succeeded');
  });

  it('brings those who joined to the release before it ends', () => {
    const rollout = new RolloutHarness(1, policy());
    rollout.nextRead = { kind: 'membership', joined: [{ ordinal: 1, state: 'pending' }], left: [] };
    rollout.good(0).good(1);
    expect(rollout.changes).toEqual([[0], [1]]);
    expect(rollout.ended).toBe('succeeded');
  });
});

describe('one that left and is listed again', () => {
  const read = (left: number[], returned: Joiner[] = []): RolloutHarness['nextRead'] => ({
    kind: 'membership',
    joined: [],
    left,
    returned,
  });
  const oneByOne = (overrides: Partial<RolloutPolicy> = {}) =>
    new RolloutHarness(4, policy({ sizes: [1], ...overrides }));

  it('is brought to the release in its turn, or last where that is over', () => {
    const rollout = oneByOne();
    rollout.nextRead = read([0, 2]);
    rollout.good(0);
    rollout.nextRead = read([], [{ ordinal: 2, state: 'pending' }]);
    rollout.good(1).good(2);
    rollout.nextRead = read([], [{ ordinal: 0, state: 'pending' }]);
    rollout.good(3).good(0);
    expect(rollout.changes).toEqual([[0], [1], [2], [3], [0]]);
    expect(rollout.ended).toBe('succeeded');
    expect(progressOf(rollout.state).counts).toMatchObject({ total: 4, succeeded: 4, skipped: 0 });
  });

  it('while it is being changed frees its slot, is nobody’s failure, and has its turn again', () => {
    const rollout = oneByOne();
    rollout.feed({ kind: 'changed', outcomes: [{ ordinal: 0, name: 'i-0', result: 'left', attempts: 1 }] });
    expect(rollout.changes).toEqual([[0], [1]]);
    expect(progressOf(rollout.state)).toMatchObject({ failures: [], counts: { failed: 0, skipped: 1 } });
    rollout.nextRead = read([], [{ ordinal: 0, state: 'pending' }]);
    rollout.good(1).good(2).good(3).good(0);
    expect(rollout.ended).toBe('succeeded');
    expect(progressOf(rollout.state).counts).toMatchObject({ total: 4, succeeded: 4, skipped: 0 });
  });

  it('goes back in the reverse order of start, by its new start where it has one', () => {
    const rollout = new RolloutHarness(5, policy({ sizes: [1], bakeMs: MINUTE }));
    rollout.nextRead = read([0, 1]);
    rollout.good(0);
    rollout.nextRead = read(
      [],
      [0, 1].map((ordinal) => ({ ordinal, state: 'pending' as const })),
    );
    rollout.good(2).continueAsNew().good(3).good(4).good(0).good(1).message('rollback');
    expect(rollout.changes.flat()).toEqual([0, 2, 3, 4, 0, 1]);
    rollout.restored(1).restored(0).restored(4).restored(3).restored(2);
    expect(rollout.restores.flat()).toEqual([1, 0, 4, 3, 2]);
  });

  it('goes back before all others but the failed ones when it still waits for its turn', () => {
    const rollout = new RolloutHarness([MEMBER.UNHEALTHY, 0, 0, 0], policy({ sizes: [1] }));
    rollout.nextRead = read([0]);
    rollout.good(0);
    rollout.nextRead = read([], [{ ordinal: 0, state: 'pending' }]);
    rollout.good(1).message('rollback').change('cancelled', [2]).restored(2).restored(0);
    expect(rollout.restores.flat()).toEqual([2, 0, 1]);
  });

  it('is changed in a round of its own, so that no earlier outcome is taken for it', () => {
    const rollout = oneByOne();
    rollout.nextRead = read([0]);
    rollout.good(0);
    rollout.nextRead = read([], [{ ordinal: 0, state: 'pending' }]);
    rollout.good(1);
    const rounds = rollout.commands.flatMap((command) => (command.kind === 'change' ? [command.round] : []));
    expect(rounds).toEqual([0, 0, 1]);
  });

  it('that runs the release is good when it was touched, and unchanged when it never was', () => {
    const rollout = oneByOne();
    rollout.nextRead = read([0, 2]);
    rollout.good(0);
    rollout.nextRead = read(
      [],
      [
        { ordinal: 0, state: 'unchanged' },
        { ordinal: 2, state: 'unchanged' },
      ],
    );
    rollout.good(1).good(3);
    expect(rollout.ended).toBe('succeeded');
    expect(progressOf(rollout.state).counts).toMatchObject({ succeeded: 3, unchanged: 1, skipped: 0 });
  });

  it('and can’t be reached is left out; a rollback tries it all the same when it was touched', () => {
    const rollout = oneByOne();
    rollout.nextRead = read([0, 2]);
    rollout.good(0);
    rollout.nextRead = read(
      [],
      [
        { ordinal: 0, state: 'unreachable' },
        { ordinal: 2, state: 'unreachable' },
      ],
    );
    rollout.good(1);
    expect(progressOf(rollout.state).counts).toMatchObject({ skipped: 2 });
    rollout.bad(3).restored(3);
    expect(rollout.restores.flat()).toEqual([3, 1]);
    rollout.restored(1).unresolved(0);
    expect(rollout.ended).toBe('rollback_incomplete');
  });

  it('after a failure is a failed member again, that can be retried', () => {
    const rollout = oneByOne({ maxFailures: { kind: 'count', count: 1 } });
    rollout.nextRead = read([0]);
    rollout.bad(0);
    const retry: Message = { kind: 'retry', by: 'ada', ordinals: [0] };
    expect(refusal(rollout.state, retry)).toBeDefined();
    rollout.nextRead = read([], [{ ordinal: 0, state: 'pending' }]);
    rollout.good(1);
    expect(progressOf(rollout.state).counts).toMatchObject({ failed: 1 });
    expect(refusal(rollout.state, retry)).toBeUndefined();
    rollout.good(2).good(3);
    expect(rollout.changes).toEqual([[0], [1], [2], [3]]);
    expect(rollout.ended).toBe('completed_with_failures');
  });

  it('stays skipped, or left out, as it was when it left', () => {
    const rollout = new RolloutHarness([0, 0, MEMBER.EXCLUDED, 0], policy({ sizes: [1] }));
    rollout.say({ kind: 'skip', by: 'ada', ordinals: [3] });
    rollout.nextRead = read([2, 3]);
    rollout.good(0);
    rollout.nextRead = read(
      [],
      [2, 3].map((ordinal) => ({ ordinal, state: 'pending' as const })),
    );
    rollout.good(1);
    expect(rollout.changes).toEqual([[0], [1]]);
    expect(rollout.ended).toBe('succeeded');
    expect(progressOf(rollout.state).counts).toMatchObject({ total: 4, succeeded: 2, skipped: 2 });
  });

  it('after it was skipped is brought to the release when a person retries it, not before it is there', () => {
    const rollout = oneByOne();
    const retry: Message = { kind: 'retry', by: 'ada', ordinals: [2] };
    rollout.say({ kind: 'skip', by: 'ada', ordinals: [2] });
    rollout.nextRead = read([2]);
    rollout.good(0);
    expect(refusal(rollout.state, retry)).toContain('these are left');
    rollout.nextRead = read([], [{ ordinal: 2, state: 'pending' }]);
    rollout.good(1).say(retry).good(3).good(2);
    expect(rollout.changes.flat().sort()).toEqual([0, 1, 2, 3]);
    expect(rollout.ended).toBe('succeeded');
  });

  it('is ignored when it never left', () => {
    const rollout = oneByOne();
    rollout.nextRead = read(
      [],
      [0, 1, 9].map((ordinal) => ({ ordinal, state: 'pending' as const })),
    );
    rollout.good(0);
    expect(progressOf(rollout.state).counts).toMatchObject({ total: 4, succeeded: 1, pending: 2 });
    expect(rollout.state.round).toBe(0);
  });
});

describe('what ends how', () => {
  const started = (onFailure: OnFailure) => new RolloutHarness(6, policy({ onFailure })).good(0);

  it.each([
    ['rollback', 'rolled_back'],
    ['abort', 'failed'],
  ] as const)('a tripped threshold with on_failure %s lets what is in flight end, then is %s', (onFailure, end) => {
    const rollout = started(onFailure).bad(2);
    expect(rollout.has('cancel_in_flight')).toBe(false);
    rollout.good(1).good(3);
    expect(rollout.changes).toEqual([[0], [1, 2, 3]]);
    if (onFailure === 'rollback') {
      expect(rollout.restores).toEqual([[2, 3, 1]]);
      rollout.restored(2, 3, 1).restored(0);
    }
    expect(rollout.ended).toBe(end);
    expect(progressOf(rollout.state).reason).toBe('1 of 6 instances failed; the limit is 0');
  });

  it('counts in its reason those that fail while what is in flight ends, too', () => {
    const rollout = started('abort').bad(2).bad(3).good(1);
    expect(progressOf(rollout.state).reason).toBe('2 of 6 instances failed; the limit is 0');
  });

  it('a tripped threshold with on_failure pause waits for a person, who has to make room first', () => {
    const rollout = started('pause').bad(2).good(1, 3);
    expect(progressOf(rollout.state).status).toBe('paused');
    expect(refusal(rollout.state, { kind: 'resume', by: 'ada' })).toBe(
      '1 of 6 instances failed; the limit is 0: retry or skip them, or adjust --max-failures first',
    );
    rollout.say({ kind: 'retry', by: 'ada', ordinals: [] }).message('resume');
    expect(rollout.changes.at(-1)).toEqual([2, 4, 5]);
  });

  it('an instance that is not restored makes it rollback_incomplete, and is named', () => {
    const rollout = started('rollback').bad(1, 2, 3).restored(3, 2).unresolved(1).restored(0);
    expect(rollout.ended).toBe('rollback_incomplete');
    expect(progressOf(rollout.state).failures).toContainEqual({
      instance: 'web-1',
      reason: 'not restored: no answer',
      attempts: 3,
    });
  });

  it.each([
    ['abort', 'aborted'],
    ['rollback', 'rolled_back'],
  ] as const)('%s cancels what is in flight, awaits it, and is %s', (verb, end) => {
    const rollout = started('rollback').message(verb);
    expect(rollout.has('cancel_in_flight')).toBe(true);
    expect(rollout.ended).toBeUndefined();
    rollout.change('cancelled', [1, 2]).good(3);
    if (verb === 'rollback') rollout.restored(1, 2, 3).restored(0);
    expect(rollout.ended).toBe(end);
    expect(rollout.changes).toHaveLength(2);
  });

  it('abort stops a rollback too', () => {
    const rollout = started('rollback').bad(1, 2, 3).message('abort').restored(1).unresolved(2, 3);
    expect(rollout.ended).toBe('aborted');
  });

  it.each([
    ['rollback', 'restores first'],
    ['abort', 'leaves all as it is'],
  ] as const)('a Temporal cancellation with on_failure %s %s, then is cancelled', (onFailure, _) => {
    const rollout = started(onFailure).feed({ kind: 'cancel_requested' }).change('cancelled', [1, 2, 3]);
    if (onFailure === 'rollback') rollout.restored(1, 2, 3).restored(0);
    expect(rollout.ended).toBe('cancelled');
  });

  it.each([
    ['rollback', 'rolling_back'],
    ['abort', 'failed'],
    ['pause', 'failed'],
  ] as const)('a passed deadline with on_failure %s leads to %s', (onFailure, status) => {
    const rollout = new RolloutHarness(6, policy({ onFailure, deadlineMs: MINUTE }))
      .good(0)
      .after(MINUTE)
      .good(1, 2, 3);
    expect(progressOf(rollout.state).status).toBe(status);
  });

  it('the deadline stands still while it is paused', () => {
    const rollout = new RolloutHarness(2, policy({ sizes: [1], deadlineMs: MINUTE })).message('pause').good(0);
    rollout.after(10 * MINUTE).message('resume');
    expect(wakeAt(rollout.state)).toBe(11 * MINUTE);
  });

  it('failures within the limit are left, or restored, and listed', () => {
    const leave = new RolloutHarness(3, policy({ sizes: [3], maxFailures: { kind: 'count', count: 1 } }))
      .bad(1)
      .good(0, 2);
    expect(leave.ended).toBe('completed_with_failures');
    const restore = new RolloutHarness(
      3,
      policy({ sizes: [3], maxFailures: { kind: 'count', count: 1 }, failedInstances: 'restore' }),
    );
    restore.bad(1).good(0, 2);
    expect(restore.restores).toEqual([[1]]);
    expect(restore.restored(1).ended).toBe('completed_with_failures');
  });
});

describe('approvals', () => {
  const approvals = [{ beforeBatch: 2, timeoutMs: MINUTE, onTimeout: 'reject' as const }];

  it('hold the batch until somebody approves', () => {
    const rollout = new RolloutHarness(2, policy({ sizes: [1], approvals })).good(0);
    expect(progressOf(rollout.state).status).toBe('awaiting_approval');
    expect(refusal(rollout.state, { kind: 'promote', by: 'ada' })).toContain('use approve');
    expect(rollout.message('approve').good(1).ended).toBe('succeeded');
  });

  it.each(['reject', 'pause'] as const)('that time out %s', (onTimeout) => {
    const rollout = new RolloutHarness(
      2,
      policy({ sizes: [1], approvals: [{ beforeBatch: 2, timeoutMs: MINUTE, onTimeout }] }),
    );
    rollout.good(0).after(MINUTE);
    expect(progressOf(rollout.state).status).toBe(onTimeout === 'reject' ? 'rolling_back' : 'paused');
  });
});

describe('health is not latched', () => {
  it('a good instance that degrades is failed, and counts', () => {
    const rollout = new RolloutHarness(3, policy({ sizes: [1] })).good(0);
    rollout.feed({ kind: 'degraded', degraded: [{ ordinal: 0, name: 'web-0', reason: 'answered 503 twice' }] }).good(1);
    expect(progressOf(rollout.state)).toMatchObject({
      status: 'rolling_back',
      reason: '1 of 3 instances failed; the limit is 0',
    });
  });
});

describe('after a pause all is looked at again', () => {
  const ill = [{ ordinal: 0, name: 'web-0', reason: 'answered 503 twice' }];
  const skip: Message = { kind: 'skip', by: 'ada', ordinals: [0] };
  const looks = (rollout: RolloutHarness) =>
    rollout.commands.map(({ kind }) => kind).filter((kind) => ['read_membership', 'sweep', 'change'].includes(kind));
  const looked = ['read_membership', 'sweep'];

  it('before the next batch', () => {
    const rollout = new RolloutHarness(3, policy({ sizes: [1], onFailure: 'pause' })).good(0);
    rollout.nextSweep = ill;
    rollout.good(1);
    expect(progressOf(rollout.state).status).toBe('paused');
    rollout
      .say(skip)
      .after(60 * MINUTE)
      .message('resume');
    expect(looks(rollout)).toEqual(['change', ...looked, 'change', ...looked, ...looked, 'change']);
  });

  it('before success', () => {
    const rollout = new RolloutHarness(2, policy({ sizes: [1], onFailure: 'pause' })).good(0);
    rollout.nextSweep = ill;
    rollout
      .good(1)
      .say(skip)
      .after(60 * MINUTE);
    rollout.message('resume');
    expect(looks(rollout)).toEqual(['change', ...looked, 'change', ...looked, ...looked]);
    expect(rollout.ended).toBe('succeeded');
  });

  it('before the first batch, where the snapshot was new', () => {
    const rollout = new RolloutHarness(2, policy({ sizes: [1], approvals: [{ beforeBatch: 1, onTimeout: 'reject' }] }));
    rollout
      .message('pause')
      .after(60 * MINUTE)
      .message('resume');
    rollout.nextRead = { kind: 'membership', joined: [], left: [0] };
    rollout.message('approve');
    expect(rollout.changes).toEqual([[1]]);
  });
});

describe('messages', () => {
  const ended = () => new RolloutHarness(1, policy()).good(0);
  const running = () => new RolloutHarness(4, policy({ sizes: [1] }));
  const named = (kind: 'retry' | 'skip', ...ordinals: number[]): Message => ({ kind, by: 'ada', ordinals });

  it.each<[string, () => RolloutHarness, Message, string]>([
    ['anything after the end', ended, { kind: 'abort', by: 'ada' }, 'has ended (succeeded)'],
    ['approve when nothing awaits it', running, { kind: 'approve', by: 'ada' }, 'does not await'],
    ['resume when it runs', running, { kind: 'resume', by: 'ada' }, 'not paused'],
    ['promote when nothing waits', running, { kind: 'promote', by: 'ada' }, 'nothing to skip'],
    ['retry when nothing failed', running, named('retry'), 'no instance has failed'],
    ['retry of one that is being changed', running, named('retry', 0), 'changing'],
    ['a window for batches', running, { kind: 'adjust', by: 'ada', adjustment: { window: 3 } }, '--batch-size'],
    ['pause while rolling back', () => running().bad(0), { kind: 'pause', by: 'ada' }, 'rolling back'],
  ])('%s is refused, and changes nothing', (_, rollout, message, words) => {
    const { state } = rollout();
    const before = JSON.stringify(state);
    expect(refusal(state, message)).toContain(words);
    expect(JSON.stringify(state)).toBe(before);
  });

  it('skip takes a pending one out, and a failed one off the count', () => {
    const rollout = new RolloutHarness(3, policy({ sizes: [1], onFailure: 'pause' })).bad(0);
    rollout
      .say(named('skip', 0, 2))
      .message('resume')
      .good(1);
    expect(rollout.ended).toBe('succeeded');
    expect(progressOf(rollout.state).counts).toMatchObject({ succeeded: 1, skipped: 2 });
  });

  it('retry takes back a skip of the instances that it names, of no other', () => {
    const paused = new RolloutHarness(4, policy({ sizes: [1], onFailure: 'pause' })).say(named('skip', 2, 3)).bad(0);
    paused.say(named('retry', 3)).say(named('retry'));
    expect(progressOf(paused.state).counts).toMatchObject({ pending: 3, skipped: 1, failed: 0 });
  });

  it('retry of one that was skipped before its turn starts it last, so that a rollback takes it back first', () => {
    const rollout = new RolloutHarness(4, policy({ sizes: [1], bakeMs: MINUTE })).say(named('skip', 1)).good(0).good(2);
    rollout.say(named('retry', 1)).good(3).good(1).message('rollback');
    expect(rollout.changes.flat()).toEqual([0, 2, 3, 1]);
    rollout.restored(1).restored(3).restored(2);
    expect(rollout.restores.flat()).toEqual([1, 3, 2, 0]);
  });

  it('retry of one that returned, was skipped and passed starts it last, too', () => {
    const rollout = new RolloutHarness(4, policy({ sizes: [1], bakeMs: MINUTE }));
    rollout.nextRead = { kind: 'membership', joined: [], left: [0] };
    rollout.good(0);
    rollout.nextRead = { kind: 'membership', joined: [], left: [], returned: [{ ordinal: 0, state: 'pending' }] };
    rollout.good(1).say(named('skip', 0));
    rollout.nextRead = { kind: 'membership', joined: [{ ordinal: 4, state: 'pending' }], left: [] };
    rollout.good(2).good(3).say(named('retry', 0)).good(4).good(0).message('rollback');
    expect(rollout.changes.flat()).toEqual([0, 1, 2, 3, 4, 0]);
    rollout.restored(0).restored(4).restored(3).restored(2);
    expect(rollout.restores.flat()).toEqual([0, 4, 3, 2, 1]);
  });

  it('adjust changes the next batch, and a lower limit trips at once', () => {
    const rollout = new RolloutHarness(6, policy({ sizes: [1], maxFailures: { kind: 'count', count: 2 } }));
    rollout.say({ kind: 'adjust', by: 'ada', adjustment: { batch_size: { kind: 'count', count: 4 } } }).bad(0);
    expect(rollout.changes.at(-1)).toEqual([1, 2, 3, 4]);
    rollout
      .say({ kind: 'adjust', by: 'ada', adjustment: { max_failures: { kind: 'count', count: 0 } } })
      .good(1, 2, 3, 4);
    expect(progressOf(rollout.state).status).toBe('rolling_back');
  });
});

describe('continuing as new', () => {
  it('starts nothing while it is held, and goes on afterwards where it was', () => {
    const rollout = new RolloutHarness(4, policy({ window: 2 })).feed({ kind: 'hold' }).good(0, 1);
    expect(rollout.changes).toEqual([[0, 1]]);
    expect(isQuiet(rollout.state)).toBe(true);
    rollout.continueAsNew().good(2, 3);
    expect(rollout.changes).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(rollout.ended).toBe('succeeded');
  });

  it('stays under 64 KiB with 10,000 members', () => {
    const rollout = new RolloutHarness(10_000, policy({ window: 100 }));
    expect(JSON.stringify(rollout.continueAsNew().state.members.pack()).length).toBeLessThan(20_000);
  });
});

describe('a rollback of its own', () => {
  it('takes every member back, last one first, unhealthy ones before all', () => {
    const rollout = new RolloutHarness([0, MEMBER.UNHEALTHY, 0], policy({ sizes: [1] }), 'rollback');
    rollout.restored(1).restored(2).restored(0);
    expect(rollout.restores).toEqual([[1], [2], [0]]);
    expect(rollout.ended).toBe('rolled_back');
  });
});
