import type { Message } from '../message';
import type { RolloutCommand } from './command';
import { forgetFailure } from './failures';
import { MAX_IN_FLIGHT } from './policy';
import { isClosed, lookAgain, overLimit, type RolloutState } from './state';
import { overrules, stop } from './stop';
import { failuresText, tripIfOver } from './trip';
import { passWait } from './wait';

/** Why a message would be refused now, in words; undefined: it is welcome. */
export function refusal(state: RolloutState, message: Message): string | undefined {
  if (isClosed(state)) return `it has ended (${state.status})`;
  switch (message.kind) {
    case 'abort':
      return state.stop?.cause === 'abort' ? 'it is being aborted already' : undefined;
    case 'rollback':
      return refuseRollback(state);
    case 'pause':
      if (state.pausedSince !== null) return 'it is paused already';
      return refuseForward(state, 'pause');
    case 'resume':
      return refuseResume(state);
    case 'approve':
    case 'reject':
      return state.status === 'awaiting_approval' ? undefined : 'it does not await an approval';
    case 'promote':
      return refusePromote(state);
    case 'adjust':
      return refuseAdjust(state, message.adjustment);
    case 'retry':
      return refuseForward(state, 'retry') ?? refuseInstances(state, message.ordinals, ['failed', 'skipped'], 'retry');
    case 'skip':
      return (
        refuseForward(state, 'skip') ??
        refuseInstances(state, message.ordinals, ['failed', 'pending', 'waiting'], 'skip')
      );
  }
}

function refuseForward(state: RolloutState, verb: string): string | undefined {
  if (state.back) return `it is rolling back; ${verb} has no meaning now (abort stops it as it is)`;
  if (state.stop && !(verb !== 'pause' && state.stop.cause === 'pause')) {
    return `it is stopping already: ${state.stop.reason}`;
  }
  return undefined;
}

function refuseRollback(state: RolloutState): string | undefined {
  if (state.back && state.back.which !== 'failed') return 'it is rolling back already';
  if (!overrules('rollback', state.stop)) return `it is stopping already: ${state.stop?.reason ?? ''}`;
  return undefined;
}

function refuseResume(state: RolloutState): string | undefined {
  if (state.pausedSince === null && state.stop?.cause !== 'pause') return 'it is not paused';
  if (!overLimit(state)) return undefined;
  return `${failuresText(state)}: retry or skip them, or adjust --max-failures first`;
}

function refusePromote(state: RolloutState): string | undefined {
  if (state.status === 'awaiting_approval') return 'it awaits an approval: use approve';
  if (state.pausedSince !== null) return 'it is paused: resume it first';
  if (state.wait?.kind === 'calendar') {
    return `it may not go forward now (${state.delivery.closed?.reason ?? 'closed'}); deploy with --override-freeze to go on all the same`;
  }
  return state.wait ? undefined : 'it is not waiting: there is nothing to skip';
}

function refuseAdjust(state: RolloutState, adjustment: Extract<Message, { kind: 'adjust' }>['adjustment']) {
  const { batching } = state.policy.strategy;
  if (adjustment.batch_size !== undefined && batching.kind === 'window') {
    return 'it runs with a window, not in batches: adjust --window';
  }
  if (adjustment.window !== undefined && batching.kind === 'batches') {
    return 'it runs in batches, not with a window: adjust --batch-size';
  }
  return refuseForward(state, 'adjust');
}

function refuseInstances(state: RolloutState, ordinals: number[], phases: readonly string[], verb: string) {
  const { members } = state;
  if (ordinals.length === 0)
    return members.number('failed') > 0 ? undefined : `no instance has failed: nothing to ${verb}`;
  const wrong = ordinals.filter((one) => !phases.includes(members.phase(one)) || members.gone(one));
  if (wrong.length === 0) return undefined;
  const states = [...new Set(wrong.map((one) => (members.gone(one) ? 'left' : members.phase(one))))].join(', ');
  return `${wrong.length} of the named instances can't be taken: ${verb} takes ${phases.join(' or ')} ones, these are ${states}`;
}

/** Does what a message asks; one that is refused is only logged. */
export function applyMessage(state: RolloutState, message: Message, now: number, commands: RolloutCommand[]): void {
  const refused = refusal(state, message);
  const why = message.reason === undefined ? {} : { reason: message.reason };
  if (refused !== undefined) {
    const entry = { type: `${message.kind}_refused`, by: message.by, reason: refused };
    commands.push({ kind: 'log', entry });
    return;
  }
  commands.push({ kind: 'log', entry: { type: message.kind, by: message.by, ...why } });
  const byWhom = `${message.by}${message.reason ? `: ${message.reason}` : ''}`;
  switch (message.kind) {
    case 'abort':
      return stop(state, { cause: 'abort', reason: `aborted by ${byWhom}` }, commands);
    case 'rollback':
      state.pausedSince = null;
      return stop(state, { cause: 'rollback', reason: `rolled back by ${byWhom}` }, commands);
    case 'pause':
      return stop(state, { cause: 'pause', reason: `paused by ${byWhom}` }, commands);
    case 'resume':
      if (state.pausedSince !== null) lookAgain(state);
      state.pausedSince = null;
      state.delivery.opened = false;
      if (state.stop?.cause === 'pause') state.stop = null;
      state.status = 'running';
      state.reason = null;
      return;
    case 'approve':
      passWait(state);
      return;
    case 'reject':
      return stop(state, { cause: 'rejected', reason: `rejected by ${byWhom}` }, commands);
    case 'promote':
      promote(state);
      return;
    case 'adjust':
      return adjust(state, message.adjustment, commands);
    case 'retry':
      return retry(state, message.ordinals);
    case 'skip':
      return skip(state, message.ordinals);
  }
}

/** Goes on without what is waited for. Once a group was switched to, nothing is left to do but to end. */
function promote(state: RolloutState): void {
  const { delivery, policy } = state;
  const switched = policy.course?.slice(0, delivery.at).some(({ kind }) => kind === 'switch') === true;
  passWait(state);
  if (switched && policy.course) delivery.at = policy.course.length;
}

function adjust(
  state: RolloutState,
  adjustment: Extract<Message, { kind: 'adjust' }>['adjustment'],
  commands: RolloutCommand[],
): void {
  const { policy } = state;
  const { batching } = policy.strategy;
  if (adjustment.batch_size && batching.kind === 'batches') batching.sizes = [adjustment.batch_size];
  if (adjustment.window !== undefined && batching.kind === 'window') {
    batching.size = { kind: 'count', count: adjustment.window };
    if (state.batch) state.batch.concurrency = Math.min(adjustment.window, MAX_IN_FLIGHT);
    if (state.batch) state.largestBatch = Math.max(state.largestBatch, state.batch.concurrency);
  }
  if (adjustment.max_failures) {
    policy.maxFailures = adjustment.max_failures;
    tripIfOver(state, commands);
  }
}

function retry(state: RolloutState, ordinals: number[]): void {
  state.round++;
  state.cursor = 0;
  const again = chosen(state, ordinals);
  // What failed keeps its place, and is tried before the others; what was skipped waits for a turn anew.
  state.members.queueUp(again.filter((ordinal) => state.members.phase(ordinal) === 'skipped'));
  for (const ordinal of again) {
    state.members.move(ordinal, state.members.turnOf(ordinal));
    forgetFailure(state, ordinal);
  }
}

function skip(state: RolloutState, ordinals: number[]): void {
  for (const ordinal of chosen(state, ordinals)) {
    state.members.move(ordinal, 'skipped');
    forgetFailure(state, ordinal);
  }
}

/** None named: every failed one that is still a member. */
function chosen(state: RolloutState, ordinals: number[]): number[] {
  if (ordinals.length > 0) return ordinals;
  return state.members.in('failed').filter((ordinal) => !state.members.gone(ordinal));
}
