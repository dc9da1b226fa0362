import { measureIfDue, startWatch } from './analysis';
import { advanceBack } from './back';
import type { RolloutCommand } from './command';
import { fillBatch, startBatch } from './batch';
import { isClosed, isQuiet, startBack, type RolloutState, type Wait } from './state';
import type { TerminalStatus } from '../status';
import { applyStop } from './stop';

/**
 * Does all that can be done now: it looks at the state alone, not at what just happened, so that a
 * step is never missed and never done twice.
 */
export function advance(state: RolloutState, now: number, commands: RolloutCommand[]): void {
  const end = applyStop(state, now);
  if (end) finish(state, end, now, commands);
  if (!state.stop && !isClosed(state)) {
    if (state.back) {
      const back = advanceBack(state, commands);
      if (back) finish(state, back, now, commands);
    } else if (state.pausedSince === null) {
      advanceForward(state, now, commands);
    }
  }
  keepPatrol(state, commands);
}

function advanceForward(state: RolloutState, now: number, commands: RolloutCommand[]): void {
  dropMootWait(state);
  fillBatch(state, commands);
  measureIfDue(state, now, commands);
  if (state.batch || state.wait || state.hold || !isQuiet(state)) return;
  if (state.members.number('pending') > 0) prepareBatch(state, now, commands);
  else close(state, now, commands);
}

/** Everything that comes before a batch, one step at a time, then the batch. */
function prepareBatch(state: RolloutState, now: number, commands: RolloutCommand[]): void {
  const { policy, prepared, members } = state;
  const { batching } = policy.strategy;
  const first = state.batchNumber === 0;
  if (startWatch(state, now)) return;
  const between = batching.kind === 'batches' ? batching.pauseBetweenMs : 0;
  const approval = policy.approvals.find((one) => one.beforeBatch === state.batchNumber + 1);
  if (!first && !prepared.waited && between > 0) {
    wait(state, { kind: 'pause_between', since: now, until: now + between });
  } else if (approval && !prepared.approved) {
    const until = approval.timeoutMs === undefined ? {} : { until: now + approval.timeoutMs };
    wait(state, { kind: 'approval', since: now, ...until });
    commands.push({
      kind: 'log',
      entry: { type: 'approval_requested', reason: `before batch ${approval.beforeBatch}` },
    });
  } else {
    // Neither needs the other's answer, so both are asked at once; one that is not due any more is not asked.
    if (!prepared.read && !state.closing.read) askMembership(state, commands);
    if (!prepared.swept && members.number('good') > 0) askSweep(state, commands);
    prepared.read = true;
    prepared.swept = true;
    if (isQuiet(state)) startBatch(state, commands);
  }
}

/** Everything that comes after the last batch, one step at a time, then the end. */
function close(state: RolloutState, now: number, commands: RolloutCommand[]): void {
  const { policy, closing, members } = state;
  const good = members.number('good') > 0;
  if (startWatch(state, now)) return;
  if (!closing.baked && policy.strategy.bakeMs > 0 && good) {
    wait(state, { kind: 'bake', since: now, until: now + policy.strategy.bakeMs });
  } else if (!closing.read || (!closing.swept && good)) {
    if (!closing.read) askMembership(state, commands);
    if (!closing.swept && good) askSweep(state, commands);
    closing.read = true;
    closing.swept = true;
  } else if (members.number('failed') === 0) {
    finish(state, 'succeeded', now, commands);
  } else if (policy.failedInstances === 'restore') {
    startBack(state, 'failed', 'completed_with_failures');
    const end = advanceBack(state, commands);
    if (end) finish(state, end, now, commands);
  } else {
    finish(state, 'completed_with_failures', now, commands);
  }
}

/** A wait has no sense any more when what it waits for is gone, or when there is work again. */
function dropMootWait(state: RolloutState): void {
  const pending = state.members.number('pending') > 0;
  if (state.wait && state.wait.kind !== 'analyze' && (state.wait.kind === 'bake') === pending) {
    state.wait = null;
    if (state.status === 'awaiting_approval') state.status = 'running';
  }
}

function wait(state: RolloutState, next: Wait): void {
  state.wait = next;
  if (next.kind === 'approval') state.status = 'awaiting_approval';
}

function askMembership(state: RolloutState, commands: RolloutCommand[]): void {
  state.asked.membership = true;
  commands.push({ kind: 'read_membership' });
}

function askSweep(state: RolloutState, commands: RolloutCommand[]): void {
  state.asked.sweep = true;
  commands.push({ kind: 'sweep' });
}

function finish(state: RolloutState, status: TerminalStatus, now: number, commands: RolloutCommand[]): void {
  state.status = endStatus(state, status);
  state.endedAt = now;
  state.wait = null;
  keepPatrol(state, commands);
  commands.push({ kind: 'finish', status: state.status });
}

/** What was to be rolled back and isn't wholly back ends as such. */
function endStatus(state: RolloutState, asked: TerminalStatus): TerminalStatus {
  const left = state.members.number('unresolved') > 0;
  return asked === 'rolled_back' && left ? 'rollback_incomplete' : asked;
}

/** The good ones are watched until the way forward ends. */
function keepPatrol(state: RolloutState, commands: RolloutCommand[]): void {
  const wanted = !state.back && !isClosed(state) && state.members.number('good') > 0;
  if (wanted === state.patrol) return;
  state.patrol = wanted;
  if (!(wanted && state.hold)) commands.push({ kind: 'patrol', on: wanted });
}
