import type { Verdict } from '../analysis';
import type { RolloutCommand } from './command';
import type { RolloutEvent } from './event';
import { goOnMeasuring, takeShown } from './experiment';
import { featureUnderWatch } from './feature';
import { isAnyBeside, isAnyJudged, judgedGroup } from './judged';
import type { RolloutState, Watch } from './state';
import { stop } from './stop';
import { passWait } from './wait';

const LISTED_VIOLATIONS = 50;

/** Begins to watch what was changed, unless it is judged already; whether it did. */
export function startWatch(state: RolloutState, now: number): boolean {
  const { policy, analysis, batchNumber } = state;
  if (!policy.analysis || analysis.done || batchNumber === 0 || !isAnyJudged(state)) return false;
  watch(state, policy.analysis.durationMs, now);
  return true;
}

/** Begins to watch the release for so long. */
export function watch(state: RolloutState, durationMs: number, now: number): void {
  const { policy, analysis } = state;
  if (!policy.analysis) return;
  const { intervalMs, count } = policy.analysis;
  // What came before a pause, or before this step, says nothing of what is watched now.
  if (count === 'consecutive') analysis.consecutive = 0;
  // Requests that were under way when they were shifted, and what had to warm up, are nobody's measure.
  const since = now + (policy.router === true ? intervalMs : 0);
  const next = since + Math.min(intervalMs, durationMs);
  state.wait = { kind: 'analyze', since, until: since + durationMs, next, from: since, asked: null };
}

/** Asks for the measurement whose time has come: of the time since the last one, and at the end of all of it. */
export function measureIfDue(state: RolloutState, now: number, commands: RolloutCommand[]): void {
  const { wait, hold, analysis } = state;
  if (wait?.kind !== 'analyze' || wait.asked || hold || now < wait.next) return;
  const whole = now >= wait.until;
  wait.asked = { number: analysis.measured++, whole };
  // The other side serves nobody while this one does; and a group is compared with its own members alone.
  const compare = state.policy.sides !== 'slots' && isAnyBeside(state);
  const weight = sharedWeight(state);
  const isExperiment = wait.everyMs !== undefined;
  const experiment = isExperiment ? { experiment: { since: wait.since, isOver: whole } } : {};
  const from = whole && !isExperiment ? wait.since : wait.from;
  const { number } = wait.asked;
  const group = judgedGroup(state);
  commands.push({ kind: 'measure', number, from, until: now, compare, ...weight, ...group, ...experiment });
  wait.from = now;
}

/** Takes in what was measured: what fails counts, and at the end of the time it is decided. */
export function takeMeasurement(
  state: RolloutState,
  { number, verdict, experiment }: Extract<RolloutEvent, { kind: 'measured' }>,
  now: number,
  commands: RolloutCommand[],
): void {
  const { wait, policy } = state;
  // One that a stop, a pause or a promotion came before is nobody's any more.
  if (wait?.kind !== 'analyze' || wait.asked?.number !== number) return;
  const { whole } = wait.asked;
  wait.asked = null;
  if (wait.everyMs !== undefined) {
    takeShown(state, experiment, commands);
    if (policy.analysis) takeVerdict(state, verdict, now, commands);
    if (state.wait === wait) goOnMeasuring(state, wait, wait.everyMs, now);
    return;
  }
  if (!policy.analysis) return;
  takeVerdict(state, verdict, now, commands);
  if (verdict.kind === 'fail' && whole && state.wait === wait) {
    blame(state, `${verdict.text} (all of the time watched)`, commands);
  }
  if (state.wait !== wait) return;
  if (whole) decideAtEnd(state, wait, verdict, now, commands);
  else wait.next = Math.min(Math.max(now, wait.from + policy.analysis.intervalMs), wait.until);
}

/** What fails counts, and too much of it is somebody's. */
function takeVerdict(
  state: RolloutState,
  verdict: Pick<Verdict, 'kind' | 'text'>,
  now: number,
  commands: RolloutCommand[],
): void {
  const { analysis } = state;
  analysis.last = { kind: verdict.kind, text: verdict.text };
  if (verdict.kind === 'fail') violate(state, verdict, now, commands);
  else if (verdict.kind === 'pass') analysis.consecutive = 0;
}

function violate(state: RolloutState, verdict: Pick<Verdict, 'text'>, now: number, commands: RolloutCommand[]): void {
  const { analysis, policy } = state;
  if (!policy.analysis) return;
  analysis.total++;
  analysis.consecutive++;
  if (analysis.violations.length < LISTED_VIOLATIONS) analysis.violations.push({ at: now, reason: verdict.text });
  const { violations: limit, count } = policy.analysis;
  const seen = analysis[count];
  const so = `${seen} of ${limit}${count === 'consecutive' ? ' in a row' : ''}`;
  commands.push({ kind: 'log', entry: { type: 'violation', reason: `${verdict.text} (${so})` } });
  if (seen >= limit) blame(state, `${verdict.text} (violation ${so})`, commands);
}

/** What is wrong goes back: the feature that was changed last where each is judged by itself, else all of it. */
function blame(state: RolloutState, reason: string, commands: RolloutCommand[]): void {
  const { delivery, analysis, policy } = state;
  const feature = policy.onViolation === 'feature' ? featureUnderWatch(state) : undefined;
  if (feature === undefined) {
    stop(state, { cause: 'analysis', reason }, commands);
    return;
  }
  delivery.dropped[feature] = reason;
  analysis.consecutive = 0;
  analysis.total = 0;
  passWait(state);
  commands.push({ kind: 'log', entry: { type: 'feature_taken_back', reason: `${feature}: ${reason}` } });
}

/** What of the requests the release has while it is measured; nothing where nobody knows. */
function sharedWeight({ policy, delivery }: RolloutState): { weight?: number } {
  return policy.router === true && delivery.weight !== null ? { weight: delivery.weight } : {};
}

/** The time is over: only a verdict that passes lets it go on. */
function decideAtEnd(
  state: RolloutState,
  wait: Watch,
  { kind, text }: Pick<Verdict, 'kind' | 'text'>,
  now: number,
  commands: RolloutCommand[],
): void {
  const { policy } = state;
  if (kind === 'pass') {
    passWait(state);
    commands.push({ kind: 'log', entry: { type: 'analysis_passed', reason: text } });
    return;
  }
  const then = kind === 'no_data' ? policy.analysis?.onNoData : policy.analysis?.onInconclusive;
  const what = kind === 'no_data' ? 'no data' : 'no verdict';
  const reason = `${what} when the time to watch was over: ${text}`;
  if (then === 'wait') {
    wait.until = now + (policy.analysis?.intervalMs ?? 0);
    wait.next = wait.until;
  } else if (then === 'fail') {
    blame(state, reason, commands);
  } else {
    commands.push({ kind: 'log', entry: { type: 'analysis_undecided', reason } });
    stop(
      state,
      { cause: 'pause', reason: `${reason}; resume it to watch anew, and then promote it to go on without` },
      commands,
    );
  }
}
