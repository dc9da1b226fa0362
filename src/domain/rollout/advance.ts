import { measureIfDue, startWatch } from './analysis';
import { advanceBack } from './back';
import type { RolloutCommand } from './command';
import { fillBatch, startBatch } from './batch';
import { advanceCourse, putBackFirst } from './course';
import { ask, calendarFirst, isExposed, runsWell } from './delivery';
import { isShared, nextGroup } from './grouping';
import { hookFirst } from './hooking';
import { isClosed, isQuiet, startBack, wait, type RolloutState, type Wait } from './state';
import type { TerminalStatus } from '../status';
import { applyStop, stopUnserved } from './stop';
import { inCourse } from './wait';

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
      // What was found only now stops it at once: no event may come that would.
      if (state.stop && isQuiet(state)) return advance(state, now, commands);
    }
  }
  keepPatrol(state, commands);
  keepGuard(state, commands);
}

function advanceForward(state: RolloutState, now: number, commands: RolloutCommand[]): void {
  dropMootWait(state);
  const unserved = isExposed(state) && !runsWell(state);
  const again = unserved ? state.members.retried : 0;
  if (unserved && again === 0 && state.members.number('changing') === 0) stopUnserved(state, commands);
  if (state.stop) return;
  fillBatch(state, commands);
  measureIfDue(state, now, commands);
  if (state.batch || state.wait || state.hold || !isQuiet(state)) return;
  if (putBackFirst(state, commands) || hookFirst(state, 'pre_deploy', 'deploy', commands)) return;
  if (state.batchNumber > 0 && hookFirst(state, 'post_batch', String(state.batchNumber), commands)) return;
  if (again > 0) return prepareBatch(state, now, commands, again);
  const prepare = (most?: number) => prepareBatch(state, now, commands, most);
  if (inCourse(state) && advanceCourse(state, now, commands, prepare)) return;
  // Those who joined late have their turn after the course, too.
  if (state.members.number('pending') > 0) prepareBatch(state, now, commands);
  else if (!nextGroup(state, now, commands)) close(state, now, commands);
  else if (!state.wait) advanceForward(state, now, commands);
}

/** Everything that comes before a batch, one step at a time, then the batch. */
function prepareBatch(state: RolloutState, now: number, commands: RolloutCommand[], most?: number): void {
  const { policy, prepared, members } = state;
  const { batching } = policy.strategy;
  const first = state.batchNumber === 0;
  if (policy.course === undefined && startWatch(state, now)) return;
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
  } else if (hookFirst(state, 'pre_batch', String(state.batchNumber + 1), commands)) {
    return;
  } else {
    // Nobody needs another's answer, so all are asked at once, unless it was closed; one that is not due any more is not asked.
    if (calendarFirst(state, commands) && state.delivery.closed !== null) return;
    if (!prepared.read && !state.closing.read) askMembership(state, commands);
    if (!prepared.swept && members.number('good') > 0) askSweep(state, commands);
    prepared.read = true;
    prepared.swept = true;
    if (isQuiet(state)) startBatch(state, commands, most);
  }
}

/** Everything that comes after the last batch, one step at a time, then the end. */
function close(state: RolloutState, now: number, commands: RolloutCommand[]): void {
  const { policy, closing, members } = state;
  const good = members.number('good') > 0;
  if (setFlagsFirst(state, commands)) return;
  if (policy.course === undefined && startWatch(state, now)) return;
  if (!closing.baked && policy.strategy.bakeMs > 0 && good) {
    wait(state, { kind: 'bake', since: now, until: now + policy.strategy.bakeMs });
  } else if (!closing.read || (!closing.swept && good)) {
    if (!closing.read) askMembership(state, commands);
    if (!closing.swept && good) askSweep(state, commands);
    closing.read = true;
    closing.swept = true;
  } else {
    conclude(state, now, commands);
  }
}

/** The flags of the release come when all instances run it. In a course they are a stage of it. */
function setFlagsFirst(state: RolloutState, commands: RolloutCommand[]): boolean {
  const { policy, delivery } = state;
  const wanted = policy.course === undefined ? Object.entries(policy.flags ?? {}) : [];
  const flags = wanted.flatMap(([feature, percent]) =>
    delivery.features[feature] === percent ? [] : [{ feature, percent }],
  );
  if (flags.length === 0) return false;
  if (!calendarFirst(state, commands)) ask(state, { kind: 'set_flags', flags }, commands);
  return true;
}

function conclude(state: RolloutState, now: number, commands: RolloutCommand[]): void {
  const { policy, members } = state;
  if (members.number('failed') > 0 && policy.failedInstances === 'restore') {
    startBack(state, 'failed', 'completed_with_failures');
    const end = advanceBack(state, commands);
    if (end) finish(state, end, now, commands);
    return;
  }
  if (hookFirst(state, 'post_deploy', 'deploy', commands)) return;
  finish(state, members.number('failed') > 0 ? 'completed_with_failures' : withoutDropped(state), now, commands);
}

/** Features that were taken back are failures within what is allowed; with all of them, nothing of the release is left. */
function withoutDropped(state: RolloutState): TerminalStatus {
  const { dropped, features } = state.delivery;
  const names = Object.keys(dropped);
  if (names.length === 0) return 'succeeded';
  state.reason = names.map((name) => `${name}: ${dropped[name]}`).join('; ');
  return Object.keys(features).length === 0 ? 'rolled_back' : 'completed_with_failures';
}

/** Waits of batches; the others have their sense whoever is pending. */
const MOOT: readonly Wait['kind'][] = ['pause_between', 'bake', 'approval'];

/** A wait has no sense any more when what it waits for is gone, or when there is work again. */
function dropMootWait(state: RolloutState): void {
  const { wait: current, policy } = state;
  if (policy.course !== undefined || !current || !MOOT.includes(current.kind)) return;
  const pending = state.members.number('pending') > 0;
  if ((current.kind === 'bake') === pending) {
    state.wait = null;
    if (state.status === 'awaiting_approval') state.status = 'running';
  }
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
  keepGuard(state, commands);
  commands.push({ kind: 'finish', status: state.status });
}

/** What was to be rolled back and isn't wholly back ends as such. */
function endStatus(state: RolloutState, asked: TerminalStatus): TerminalStatus {
  const { faults } = state.delivery;
  // However it is called: what is left is said.
  if (faults.length > 0) state.reason = [state.reason, ...faults].filter((each) => each !== null).join('; ');
  const left = state.members.number('unresolved') > 0 || faults.length > 0;
  return asked === 'rolled_back' && left ? 'rollback_incomplete' : asked;
}

/** From the first time that routers were told, or that somebody was taken out of service, until the end they are kept so. */
function keepGuard(state: RolloutState, commands: RolloutCommand[]): void {
  const { delivery, policy, batchNumber, back } = state;
  const drained = policy.drains === true && (batchNumber > 0 || back !== null);
  const wanted = (drained || (policy.router === true && isShared(state))) && !isClosed(state);
  if (wanted === delivery.guarded) return;
  delivery.guarded = wanted;
  if (!(wanted && state.hold)) commands.push({ kind: 'guard', on: wanted });
}

/** The good ones are watched until the way forward ends. */
function keepPatrol(state: RolloutState, commands: RolloutCommand[]): void {
  const wanted = !state.back && !isClosed(state) && state.members.number('good') > 0;
  if (wanted === state.patrol) return;
  state.patrol = wanted;
  if (!(wanted && state.hold)) commands.push({ kind: 'patrol', on: wanted });
}
