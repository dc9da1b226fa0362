import type { RolloutCommand } from './command';
import { hookFirst } from './hooking';
import { isClosed, isQuiet, startBackAll, type RolloutState, type Stop } from './state';

/** A cause of a higher rank overrules a stop of a lower one that is still draining. */
const RANK: Record<Stop['cause'], number> = {
  pause: 0,
  threshold: 1,
  analysis: 1,
  traffic: 1,
  hook: 1,
  flags: 1,
  rejected: 1,
  approval_timeout: 1,
  deadline: 1,
  rollback: 2,
  cancel: 3,
  abort: 4,
};

/** A person who stops the rollout doesn't wait for what is in flight; a rule lets it end by itself. */
const CANCELS: readonly Stop['cause'][] = ['rollback', 'cancel', 'abort'];

/** What goes wrong by itself: whoever wants to be told of failures is. */
const FAILURES: readonly Stop['cause'][] = [
  'threshold',
  'analysis',
  'traffic',
  'hook',
  'flags',
  'rejected',
  'approval_timeout',
  'deadline',
];

/** Nobody is there who could have the requests of the release, however many may fail. */
export function stopUnserved(state: RolloutState, commands: RolloutCommand[]): void {
  stop(state, { cause: 'traffic', reason: 'no instance runs the release well, so it can have no requests' }, commands);
}

export function overrules(cause: Stop['cause'], current: Stop | null): boolean {
  return current === null || RANK[cause] > RANK[current.cause];
}

/** From now on nothing new starts; what follows is applied once nothing is in flight. */
export function stop(state: RolloutState, next: Stop, commands: RolloutCommand[]): void {
  if (!overrules(next.cause, state.stop)) return;
  if (state.back && !endsBack(state, next)) {
    redirect(state, next);
    return;
  }
  state.stop = next;
  state.wait = null;
  state.reason = next.reason;
  if (state.status === 'awaiting_approval') state.status = 'running';
  const type = STOP_EVENTS[next.cause];
  if (type) commands.push({ kind: 'log', entry: { type, reason: next.reason } });
  if (FAILURES.includes(next.cause)) hookFirst(state, 'on_failure', next.reason, commands);
  const busy = state.members.number('changing') + state.members.number('restoring') > 0 || state.delivery.act !== null;
  if (busy && CANCELS.includes(next.cause)) commands.push({ kind: 'cancel_in_flight' });
}

// What a person asked for is logged with the message.
const STOP_EVENTS: Partial<Record<Stop['cause'], string>> = {
  threshold: 'tripped',
  analysis: 'analysis_failed',
  traffic: 'traffic_failed',
  flags: 'flags_failed',
  approval_timeout: 'approval_timed_out',
  deadline: 'deadline_passed',
  cancel: 'cancel_requested',
};

/** Whether the way back itself is stopped: by an abort, and by a cancellation that asks for no rollback. */
function endsBack(state: RolloutState, next: Stop): boolean {
  if (next.cause === 'abort') return true;
  return next.cause === 'cancel' && state.back?.which === 'failed' && state.policy.onFailure !== 'rollback';
}

/** On the way back already: a cancellation only changes how it is called, a rollback widens it to all. */
function redirect(state: RolloutState, next: Stop): void {
  const { back } = state;
  if (!back) return;
  if (next.cause === 'cancel') {
    if (back.final === 'cancelled') return;
    const before = state.reason;
    if (back.which === 'failed') startBackAll(state, 'cancelled');
    else back.final = 'cancelled';
    state.reason = before === null ? next.reason : `${before}; ${next.reason}`;
  } else if (next.cause === 'rollback' && back.which === 'failed') {
    // From the first again, of the groups too: their good ones stayed.
    startBackAll(state, 'rolled_back');
    state.reason = next.reason;
  }
}

/** Nothing is in flight any more: what the stop leads to. Returns the status to end with, if it ends. */
export function applyStop(state: RolloutState, now: number): 'failed' | 'aborted' | 'cancelled' | undefined {
  const { stop: current } = state;
  if (!current || isClosed(state) || !isQuiet(state)) return undefined;
  state.stop = null;
  switch (current.cause) {
    case 'abort':
      return 'aborted';
    case 'cancel':
      if (state.policy.onFailure !== 'rollback') return 'cancelled';
      startBackAll(state, 'cancelled');
      return undefined;
    case 'rollback':
      startBackAll(state, 'rolled_back');
      return undefined;
    case 'pause':
      pause(state, now);
      return undefined;
    case 'deadline':
    case 'threshold':
    case 'analysis':
    case 'traffic':
    case 'hook':
    case 'flags':
    case 'rejected':
    case 'approval_timeout':
      return onFailure(state, current.cause === 'deadline', now);
  }
}

function onFailure(state: RolloutState, deadline: boolean, now: number): 'failed' | undefined {
  const then = state.policy.onFailure;
  if (then === 'abort' || (then === 'pause' && deadline)) return 'failed';
  if (then === 'rollback') startBackAll(state, 'rolled_back');
  else pause(state, now);
  return undefined;
}

function pause(state: RolloutState, now: number): void {
  state.status = 'paused';
  state.pausedSince = now;
}
