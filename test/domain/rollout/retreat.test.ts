import type { CanaryStrategy, DeploymentSpec } from '../../../src/domain/spec';
import { progressOf } from '../../../src/domain/rollout';
import { canary, DeliveryHarness, shares } from '../../support/delivery';

/** Ten instances, found wrong after the nth shift. */
const wrongAfter = (shifts: number, strategy: Partial<CanaryStrategy> = {}, more: Partial<DeploymentSpec> = {}) =>
  new DeliveryHarness(10, canary(strategy, more)).until('analyze', shifts).verdicts('fail', 'fail', 'fail');

describe('requests go back', () => {
  it.each<[string, number, Partial<CanaryStrategy>, string[]]>([
    ['at 10%', 1, {}, ['shift 0', 'restore 0', 'rolled_back']],
    ['at 25%', 2, {}, ['shift 0', 'restore 2,1', 'restore 0', 'rolled_back']],
    [
      'down the rungs that they came by, each with its instances',
      3,
      { rollback: 'progressive' },
      ['shift 25', 'restore 4,3', 'shift 10', 'restore 2,1', 'shift 0', 'restore 0', 'rolled_back'],
    ],
  ])('%s', (_, shifts, strategy, story) => {
    const rollout = wrongAfter(shifts, strategy);
    const before = rollout.story.length;
    rollout.carryOn();
    expect(['shift 0', 'shift 25', 'shift 10']).toContain(rollout.awaited ?? rollout.story[before - 1]);
    expect(rollout.story.slice(before - 1)).toEqual(story);
  });

  it('before any instance does: none is restored until the routers confirm', () => {
    const rollout = wrongAfter(2);
    expect(rollout.awaited).toBe('shift 0');
    expect(rollout.restores).toEqual([]);
    rollout.acted();
    expect(rollout.restores).toEqual([[2, 1]]);
    expect(progressOf(rollout.state)).toMatchObject({ status: 'rolling_back', trafficPercent: 0 });
  });

  it('with the instances, when nobody is left on what ran before: never more than those can take', () => {
    const rollout = wrongAfter(5).carryOn();
    expect(rollout.since('restore 9,8,7')).toEqual([
      'restore 9,8,7',
      'shift 70',
      'restore 6,5,4',
      'shift 40',
      'restore 3,2,1',
      'shift 10',
      'restore 0',
      'shift 0',
      'rolled_back',
    ]);
  });

  it('down the rungs after the instances, when nobody was left on what ran before', () => {
    const rollout = wrongAfter(2, { steps: shares(50, 100), rollback: 'progressive' }).carryOn();
    expect(rollout.since('restore 9,8,7,6,5')).toEqual([
      ...['restore 9,8,7,6,5', 'shift 50', 'shift 0', 'restore 4,3,2,1,0', 'rolled_back'],
    ]);
  });

  it('with as many instances at once as may, also beside one that waits to be tried again', () => {
    const [maxFailures, rollbackBatchSize] = [5, 10].map((count) => ({ kind: 'count' as const, count }));
    const more = { maxFailures: maxFailures!, rollbackBatchSize: rollbackBatchSize! };
    const rollout = new DeliveryHarness(4, canary({ steps: shares(75, 100) }, more)).carryOn('change 3').bad(3);
    rollout
      .until('analyze')
      .message('pause')
      .say({ kind: 'retry', by: 'ada', ordinals: [3] })
      .message('rollback');
    expect(rollout.story.at(-1)).toBe('restore 3,2,1');
    // What isn't news leads to nothing.
    rollout.message('pause');
    expect(rollout.story.at(-1)).toBe('restore 3,2,1');
  });

  it('all at once when whoever was skipped still runs what ran before', () => {
    const rollout = new DeliveryHarness(3, canary({ steps: shares(50, 100) })).until('analyze');
    rollout
      .say({ kind: 'skip', by: 'ada', ordinals: [2] })
      .verdicts('pass', 'pass', 'pass')
      .until('analyze');
    rollout.message('rollback').carryOn();
    expect(rollout.since('shift 100')).toEqual(['shift 100', 'shift 0', 'restore 1,0', 'rolled_back']);
  });

  it('not at all when nobody who could take them is back; what they are left to is said', () => {
    const rollout = new DeliveryHarness(2, canary({ steps: shares(50, 100) })).until('analyze', 2);
    rollout.message('rollback').unresolved(1).unresolved(0);
    expect(rollout.since('restore 1')).toEqual(['restore 1', 'restore 0', 'rollback_incomplete']);
    expect(progressOf(rollout.state).reason).toContain('the release keeps 100% of the requests');
  });

  it('in steps of their own where a batch of one is put back at a time', () => {
    const rollout = wrongAfter(5, { batchSize: { kind: 'count', count: 1 } }).carryOn();
    expect(rollout.story.filter((each) => each.startsWith('shift')).slice(5)).toEqual(
      [90, 80, 70, 60, 50, 40, 30, 20, 10, 0].map((weight) => `shift ${weight}`),
    );
  });
});

describe('somebody serves all the time', () => {
  const ALL: Partial<CanaryStrategy> = { batchSize: { kind: 'percent', percent: 100 } };

  it('when one that ended well is rolled back: one stays until another is back', () => {
    const rollout = new DeliveryHarness(4, canary(ALL), 'rollback');
    expect(rollout.since('restore 3,2,1')).toEqual(['restore 3,2,1']);
    rollout.restored(3);
    expect(rollout.since('restore 3,2,1')).toEqual(['restore 3,2,1', 'restore 0']);
  });

  it('whatever rollback.batch_size allows', () => {
    const rollout = wrongAfter(5, {}, { rollbackBatchSize: { kind: 'percent', percent: 100 } });
    expect(rollout.restores).toEqual([[9, 8, 7, 6, 5, 4, 3, 2, 1]]);
    expect(rollout.carryOn().ended).toBe('rolled_back');
  });

  it('unless there is but one', () => {
    expect(new DeliveryHarness(1, canary(ALL), 'rollback').restores).toEqual([[0]]);
  });

  it('also the last one is tried when none of the others could be put back', () => {
    const rollout = new DeliveryHarness(3, canary(ALL), 'rollback').unresolved(2).unresolved(1);
    expect(rollout.restores).toEqual([[2, 1], [0]]);
  });
});
