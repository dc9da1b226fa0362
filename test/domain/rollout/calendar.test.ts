import type { RolloutPolicy } from '../../../src/domain/rollout';
import { progressOf } from '../../../src/domain/rollout';
import type { Act } from '../../../src/domain/rollout/stage';
import { policy, RolloutHarness } from '../../support/rollout';

const MINUTE = 60_000;
const CLOSED = { reason: 'ann froze test/web', until: null };

function rollout(more: Partial<RolloutPolicy> & { sizes?: number[] } = {}): RolloutHarness {
  return new RolloutHarness(3, policy({ calendar: 'windows', sizes: [1, 2], ...more }));
}

/** What was asked for so far, other than changes. */
function acts(it: RolloutHarness): Act[] {
  return it.commands.flatMap((command) => (command.kind === 'act' ? [command.act] : []));
}

function answer(it: RolloutHarness, closed?: { reason: string; until: number | null }): RolloutHarness {
  const number = it.commands.filter(({ kind }) => kind === 'act').length - 1;
  return it.feed({ kind: 'acted', number, ...(closed === undefined ? {} : { closed }) });
}

const log = (it: RolloutHarness) => it.commands.flatMap((each) => (each.kind === 'log' ? [each.entry.type] : []));

it('waits before its first touch, looks again every minute, and goes on when it is open', () => {
  const it = answer(rollout(), CLOSED);
  expect(it.changes).toEqual([]);
  expect(progressOf(it.state)).toMatchObject({
    status: 'running',
    awaiting: { kind: 'window', since: 0 },
    step: { summary: CLOSED.reason },
  });
  answer(it.after(MINUTE), { ...CLOSED, until: 90_000 });
  expect(progressOf(it.state).awaiting).toEqual({ kind: 'window', since: 0, until: 90_000 });
  answer(it.after(30_000));
  expect(it.changes).toEqual([[0]]);
  expect(log(it)).toEqual(['waits_for_calendar', 'goes_on']);
});

it('asks anew who is there and how they are after it was closed, for that may have been for days', () => {
  const it = answer(rollout({ calendar: 'freezes' }).good(0), CLOSED);
  const before = it.commands.filter(({ kind }) => kind === 'read_membership').length;
  it.nextRead = { kind: 'membership', joined: [], left: [1] };
  answer(it.after(MINUTE));
  expect(it.commands.filter(({ kind }) => kind === 'read_membership')).toHaveLength(before + 1);
  expect(it.changes).toEqual([[0], [2]]);
});

it('runs no hook before what may not be done yet: what it finds out would be old', () => {
  const hooks = { pre_deploy: { gate: true }, pre_batch: { gate: true } };
  const it = answer(rollout({ hooks }), CLOSED);
  expect(acts(it)).toEqual([{ kind: 'read_calendar' }]);
  answer(it.after(MINUTE));
  expect(acts(it).at(-1)).toMatchObject({ kind: 'hook', hook: 'pre_deploy' });
  answer(it);
  expect(acts(it).at(-1)).toMatchObject({ kind: 'hook', hook: 'pre_batch', moment: '1' });
  answer(it);
  expect(it.changes).toEqual([[0]]);
  answer(it.good(0), CLOSED);
  expect(acts(it).at(-1)).toEqual({ kind: 'read_calendar' });
  answer(answer(it.after(MINUTE)));
  expect(acts(it).at(-1)).toMatchObject({ kind: 'hook', hook: 'pre_batch', moment: '2' });
  expect(it.changes).toEqual([[0], [1, 2]]);
});

it('runs no hook of a step either', () => {
  const it = answer(rollout({ course: [{ kind: 'hook', hook: 'smoke' }] }), CLOSED);
  expect(acts(it)).toEqual([{ kind: 'read_calendar' }]);
  answer(it.after(MINUTE));
  expect(acts(it).at(-1)).toMatchObject({ kind: 'hook', hook: 'smoke' });
});

it('does not count the time towards its deadline', () => {
  const it = answer(rollout({ deadlineMs: MINUTE }), CLOSED);
  for (let minute = 0; minute < 5; minute++) answer(it.after(MINUTE), CLOSED);
  expect(it.state.stop).toBeNull();
  answer(it.after(MINUTE));
  it.after(MINUTE);
  expect(it.state.stop).toMatchObject({ cause: 'deadline' });
});

it('can be paused, resumed, rolled back and aborted while it is closed', () => {
  const paused = answer(rollout(), CLOSED).message('pause');
  expect(paused.state.status).toBe('paused');
  answer(paused.message('resume'));
  expect(paused.changes).toEqual([[0]]);
  expect(answer(rollout(), CLOSED).message('abort').ended).toBe('aborted');
  expect(answer(rollout(), CLOSED).message('rollback').ended).toBe('rolled_back');
});
