import type { ChangeOutcome, Degradation, RestoreOutcome } from '../outcome';
import { takeActed } from './acted';
import { advance } from './advance';
import { takeMeasurement } from './analysis';
import type { RolloutCommand } from './command';
import { deadlineAt, keepClock } from './deadline';
import type { Joiner, RolloutEvent } from './event';
import { forgetFailure, listFailure } from './failures';
import { applyMessage } from './messages';
import { stageText } from './course';
import { isClosed, type RolloutState } from './state';
import { stop } from './stop';
import { tripIfOver } from './trip';
import { inCourse, passWait } from './wait';

/**
 * The rollout's state machine: takes in what happened, gives out what to do. No I/O, no clock, no chance.
 * Events that don't fit any more change nothing, so that a repeated one does no harm.
 * @param state is updated in place; the cost of an event doesn't grow with the fleet
 * @param now ms since the epoch, never falling
 */
export function decide(
  state: RolloutState,
  event: RolloutEvent,
  now: number,
): { state: RolloutState; commands: RolloutCommand[] } {
  const commands: RolloutCommand[] = [];
  if (!isClosed(state)) {
    checkDeadline(state, now, commands);
    take(state, event, now, commands);
    advance(state, now, commands);
    keepClock(state, now);
  }
  return { state, commands };
}

/** When the engine wants its next tick, in ms since the epoch; undefined: only an event can move it. */
export function wakeAt(state: RolloutState): number | undefined {
  if (isClosed(state)) return undefined;
  const times = [state.stop ? undefined : waitEnds(state), deadlineAt(state)].filter((time) => time !== undefined);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function waitEnds({ wait, hold }: RolloutState): number | undefined {
  if (wait?.kind !== 'analyze') return wait?.until;
  return wait.asked || hold ? undefined : wait.next;
}

function take(state: RolloutState, event: RolloutEvent, now: number, commands: RolloutCommand[]): void {
  switch (event.kind) {
    case 'start':
      state.hold = false;
      if (state.patrol) commands.push({ kind: 'patrol', on: true });
      if (state.delivery.guarded) commands.push({ kind: 'guard', on: true });
      return;
    case 'hold':
      state.hold = true;
      return;
    case 'changed':
      event.outcomes.forEach((outcome) => takeChange(state, outcome, commands));
      return;
    case 'restored':
      event.outcomes.forEach((outcome) => takeRestore(state, outcome));
      return;
    case 'membership':
      if (!state.asked.membership) return;
      state.asked.membership = false;
      for (const joiner of event.joined) {
        if (state.members.join(joiner) && joiner.state !== 'unreachable') state.targeted++;
      }
      event.left.forEach((ordinal) => state.members.leave(ordinal));
      takeReturned(state, event.returned ?? []);
      return;
    case 'swept':
      if (!state.asked.sweep) return;
      state.asked.sweep = false;
      takeDegraded(state, event.degraded, commands);
      return;
    case 'degraded':
      takeDegraded(state, event.degraded, commands);
      return;
    case 'measured':
      takeMeasurement(state, event, now, commands);
      return;
    case 'acted':
      takeActed(state, event, now, commands);
      return;
    case 'generation_drawn':
      if (!state.asked.generation) return;
      state.asked.generation = false;
      state.rollbackGeneration = event.generation;
      return;
    case 'tick':
      takeTime(state, now, commands);
      return;
    case 'message':
      applyMessage(state, event.message, now, commands);
      return;
    case 'cancel_requested':
      stop(state, { cause: 'cancel', reason: 'cancelled through Temporal' }, commands);
      return;
  }
}

/** Whoever has a turn again gets it in a new round: the outcome of an earlier one isn't taken for it. */
function takeReturned(state: RolloutState, returned: Joiner[]): void {
  const again = returned.filter((one) => state.members.rejoin(one) === 'pending');
  if (again.length === 0) return;
  state.members.queueUp(again.map(({ ordinal }) => ordinal));
  state.cursor = 0;
  state.round++;
}

function takeChange(state: RolloutState, outcome: ChangeOutcome, commands: RolloutCommand[]): void {
  if (state.members.phase(outcome.ordinal) !== 'changing') return;
  if (outcome.result === 'good') {
    state.members.move(outcome.ordinal, 'good');
    return;
  }
  if (outcome.result === 'left') {
    state.members.leave(outcome.ordinal);
    return;
  }
  const reason =
    outcome.result === 'cancelled' ? 'stopped while it was being changed' : (outcome.reason ?? 'no reason was given');
  fail(state, { ...outcome, reason }, commands);
}

function takeRestore(state: RolloutState, outcome: RestoreOutcome): void {
  if (state.members.phase(outcome.ordinal) !== 'restoring') return;
  if (outcome.result === 'restored') {
    state.members.move(outcome.ordinal, 'restored');
    return;
  }
  state.members.move(outcome.ordinal, 'unresolved');
  const why = outcome.result === 'cancelled' ? 'stopped while it went back' : (outcome.reason ?? 'no reason was given');
  forgetFailure(state, outcome.ordinal);
  listFailure(state, { ...outcome, reason: `not restored: ${why}` });
}

function takeDegraded(state: RolloutState, degraded: Degradation[], commands: RolloutCommand[]): void {
  if (state.back) return;
  for (const one of degraded) {
    if (state.members.phase(one.ordinal) === 'good') fail(state, { ...one, attempts: one.attempts ?? 0 }, commands);
  }
}

/** Evaluated on every completion, never only at a batch's end. */
function fail(
  state: RolloutState,
  failure: { ordinal: number; name: string; reason: string; attempts: number },
  commands: RolloutCommand[],
): void {
  state.members.move(failure.ordinal, 'failed');
  listFailure(state, failure);
  tripIfOver(state, commands);
}

/** Looked at with every event: a tick may come late. */
function checkDeadline(state: RolloutState, now: number, commands: RolloutCommand[]): void {
  const deadline = deadlineAt(state);
  if (deadline === undefined || now < deadline) return;
  const seconds = Math.round((state.policy.deadlineMs ?? 0) / 1000);
  stop(state, { cause: 'deadline', reason: `the deployment took longer than its limit of ${seconds} s` }, commands);
}

function takeTime(state: RolloutState, now: number, commands: RolloutCommand[]): void {
  const { wait } = state;
  if (!wait || wait.kind === 'analyze' || wait.until === undefined || now < wait.until || state.stop) return;
  if (wait.kind === 'approval') approvalTimedOut(state, commands);
  else passWait(state);
}

/** What somebody is asked to approve, and what it means that nobody does. */
function approvalAsked(state: RolloutState): { what: string; onTimeout?: 'pause' | 'reject' } {
  const { policy, delivery, batchNumber } = state;
  const stage = inCourse(state) ? policy.course?.[delivery.at] : undefined;
  if (stage?.kind === 'approve') return { what: stageText(state), onTimeout: stage.onTimeout };
  const approval = policy.approvals.find((one) => one.beforeBatch === batchNumber + 1);
  return { what: `batch ${batchNumber + 1}`, ...(approval && { onTimeout: approval.onTimeout }) };
}

function approvalTimedOut(state: RolloutState, commands: RolloutCommand[]): void {
  const { what, onTimeout } = approvalAsked(state);
  state.wait = null;
  const reason = `nobody approved ${what} in time`;
  if (onTimeout === 'pause') {
    commands.push({ kind: 'log', entry: { type: 'approval_timed_out', reason } });
    stop(state, { cause: 'pause', reason }, commands);
  } else {
    stop(state, { cause: 'approval_timeout', reason }, commands);
  }
}
