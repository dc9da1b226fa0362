import { shares } from '../../support/delivery';
import { policy, RolloutHarness } from '../../support/rollout';
import { canaryCourse } from '../../../src/domain/strategies/canary';
import { progressOf, type RolloutPolicy } from '../../../src/domain/rollout';

const groups: NonNullable<RolloutPolicy['groups']> = { names: ['eu', 'us'], ends: [3, 6], bakeMs: 0, approve: false };
const MINUTE = 60_000;

/** Six instances, three of each of two groups. */
function rollout(more: Partial<RolloutPolicy> & { sizes?: number[] } = {}, members: number | number[] = 6) {
  return new RolloutHarness(members, policy({ groups, ...more }));
}

it('one group after the other, each with the batches from the first on', () => {
  const it = rollout({ sizes: [1, 2] })
    .good(0)
    .good(1, 2)
    .good(3)
    .good(4, 5);
  expect(it.changes).toEqual([[0], [1, 2], [3], [4, 5]]);
  expect(it.ended).toBe('succeeded');
});

it('unhealthy ones come first within their group, not before it', () => {
  const UNHEALTHY = 4;
  const it = rollout({ sizes: [3] }, [0, 0, UNHEALTHY, 0, UNHEALTHY, 0]).good(2, 0, 1);
  expect(it.changes).toEqual([
    [2, 0, 1],
    [4, 3, 5],
  ]);
});

it('waits between two groups, and then for whoever approves the next', () => {
  const it = rollout({ sizes: [3], groups: { ...groups, bakeMs: MINUTE, approve: true } }).good(0, 1, 2);
  expect(it.state.wait).toMatchObject({ kind: 'group_bake', until: MINUTE });
  it.after(MINUTE);
  expect(it.state.status).toBe('awaiting_approval');
  expect(it.changes).toHaveLength(1);
  it.message('approve').good(3, 4, 5);
  expect(it.ended).toBe('succeeded');
});

it('goes on in the group that it was in, after a pause and in a new run', () => {
  const it = rollout({ sizes: [1] })
    .good(0)
    .good(1)
    .good(2)
    .message('pause')
    .good(3)
    .continueAsNew();
  expect(it.state.status).toBe('paused');
  it.message('resume').continueAsNew().good(4).good(5);
  expect(it.changes).toEqual([[0], [1], [2], [3], [4], [5]]);
  expect(it.ended).toBe('succeeded');
});

it('a failure in a later group takes all of them back, the last started first', () => {
  const it = rollout({ sizes: [3] })
    .good(0, 1, 2)
    .bad(3)
    .good(4, 5);
  expect(it.restores).toEqual([[3, 5, 4]]);
  it.restored(3, 5, 4);
  expect(it.restores.flat()).toEqual([3, 5, 4, 2, 1, 0]);
  it.restored(2, 1, 0);
  expect(it.ended).toBe('rolled_back');
});

it('judges between groups', () => {
  const analysis = {
    durationMs: MINUTE,
    intervalMs: MINUTE,
    violations: 1,
    count: 'total',
    onNoData: 'pause',
    onInconclusive: 'pause',
  } as const;
  const it = rollout({ sizes: [3], analysis }).good(0, 1, 2);
  expect(it.changes).toHaveLength(1);
  it.after(MINUTE).measured('fail');
  expect(it.state.status).toBe('rolling_back');
});

it('runs a canary through each group, with shares of that group', () => {
  const course = canaryCourse(
    {
      kind: 'canary',
      steps: shares(50, 100).filter(({ kind }) => kind === 'traffic'),
      batchSize: { kind: 'percent', percent: 100 },
      match: [],
      rollback: 'instant',
    },
    false,
  );
  const it = rollout({ course, sizes: [10] })
    .good(0, 1)
    .good(2)
    .good(3, 4)
    .good(5);
  expect(it.changes).toEqual([[0, 1], [2], [3, 4], [5]]);
  expect(it.ended).toBe('succeeded');
});

it('sets the flags of a release when the last group runs it', () => {
  const it = rollout({ sizes: [3], flags: { new_ui: 25 } }).good(0, 1, 2);
  expect(it.has('act')).toBe(false);
  it.good(3, 4, 5);
  expect(it.commands.find((each) => each.kind === 'act')).toMatchObject({ act: { kind: 'set_flags' } });
});

it('brings those who join in the middle with the last group, and skips whoever waits for a later one', () => {
  const it = rollout({ sizes: [3] });
  it.nextRead = { kind: 'membership', joined: [{ ordinal: 6, state: 'pending' }], left: [] };
  it.say({ kind: 'skip', by: 'ada', ordinals: [4] })
    .good(0, 1, 2)
    .good(3, 5, 6);
  expect(it.changes).toEqual([
    [0, 1, 2],
    [3, 5, 6],
  ]);
  expect(it.ended).toBe('succeeded');
});

it('tells how many batches there are by the sizes of each group', () => {
  const it = rollout({ sizes: [1, 3] });
  expect(progressOf(it.state).step).toMatchObject({ index: 1, of: 4 });
  it.good(0).good(1, 2);
  expect(progressOf(it.state).step).toMatchObject({ index: 3, of: 4, summary: 'us: batch 3 of 4' });
});
