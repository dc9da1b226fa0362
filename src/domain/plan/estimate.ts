import { durationText } from '../duration';
import type { DeploymentSpec, RetryPolicy } from '../spec';
import type { Estimate, PlannedStep } from './plan';
import { counted } from './words';

/** How long changes of one instance took before, until the command had ended. */
export interface KnownDuration {
  /** The median: one that hung tells nothing about the next. */
  typicalMs: number;
  /** How many changes that is known from. */
  changes: number;
}

type Timed = Pick<DeploymentSpec, 'driver' | 'minHealthyMs' | 'timeouts' | 'retry'>;

/** How long the steps take when nobody is waited for: known, or between bounds. */
export function estimateOf(spec: Timed, steps: PlannedStep[], known?: KnownDuration): Estimate {
  const rounds = sum(steps, (step) => (step.kind === 'update' ? Math.ceil(step.instances.length / step.in_flight) : 0));
  const waits = sum(steps, waitOf);
  if (rounds === 0) return withoutInstances(spec, waits);
  const change = changeOf(spec, known);
  const each = change.leastMs + spec.minHealthyMs;
  const terms = [change.text, ...(spec.minHealthyMs > 0 ? [`${durationText(spec.minHealthyMs)} healthy`] : [])];
  const approvals = steps.filter(({ kind }) => kind === 'approve').length;
  const how = [
    `${counted(rounds, 'round')} × ${terms.length > 1 ? `(${terms.join(' + ')})` : terms.join('')}`,
    ...(waits > 0 ? [`${durationText(waits)} of waits`] : []),
    ...(approvals > 0
      ? [`the time until ${approvals === 1 ? 'somebody approves' : `${approvals} approvals are given`}`]
      : []),
  ].join(' + ');
  const most = rounds * worstOf(spec) + waits;
  return {
    at_least_ms: rounds * each + waits,
    ...(change.exact ? { at_most_ms: rounds * each + waits } : { at_most_ms: most }),
    how: change.exact
      ? how + (change.source ?? '')
      : `${how}; at most, from the timeouts: ${counted(rounds, 'round')} in which ${worstText(spec)}${waits > 0 ? ', and the waits' : ''}`,
  };
}

function waitOf(step: PlannedStep): number {
  if (step.kind === 'analyze') return (step.after_ms ?? 0) + step.for_ms;
  return step.kind === 'pause' || step.kind === 'bake' ? step.for_ms : 0;
}

/** Flags are set at once; what takes its time is to look at what comes of them. */
function withoutInstances({ driver }: Timed, waits: number): Estimate {
  if (driver.kind !== 'none' || waits === 0) {
    const how = driver.kind === 'none' ? 'flags are set at once' : 'nothing is to be changed';
    return { at_least_ms: 0, at_most_ms: 0, how };
  }
  return { at_least_ms: waits, at_most_ms: waits, how: `flags are set at once, + ${durationText(waits)} of waits` };
}

interface Change {
  leastMs: number;
  exact: boolean;
  text: string;
  /** Where that is from. */
  source?: string;
}

function changeOf({ driver }: Timed, known: KnownDuration | undefined): Change {
  if (driver.kind === 'simulated') {
    return { leastMs: driver.latencyMs, exact: true, text: `${durationText(driver.latencyMs)} of simulated latency` };
  }
  if (known !== undefined) {
    const leastMs = rounded(known.typicalMs);
    const typical = durationText(leastMs);
    const last = known.changes === 1 ? 'last change' : `last ${counted(known.changes, 'change')}`;
    const source = `; from the ${last} of this service: median ${typical}`;
    return { leastMs, exact: true, text: `${typical} for a change`, source };
  }
  return { leastMs: 0, exact: false, text: 'a change, of which no duration is known yet' };
}

/** As exact as a few measurements are. */
function rounded(ms: number): number {
  const step = ms < 1_000 ? 10 : ms < 10_000 ? 100 : 1_000;
  return Math.round(ms / step) * step;
}

/** The longest that one instance can take: every attempt up to its timeouts, and the waits between them. */
function worstOf({ timeouts, retry }: Timed): number {
  return retry.maxAttempts * (timeouts.instanceMs + timeouts.healthMs) + backoffMs(retry);
}

function worstText({ timeouts, retry }: Timed): string {
  const attempt = `${durationText(timeouts.instanceMs)} to change and ${durationText(timeouts.healthMs)} to become good`;
  return `an instance uses all of ${counted(retry.maxAttempts, 'attempt')} of ${attempt}`;
}

function backoffMs({ maxAttempts, initialIntervalMs, backoff, maxIntervalMs }: RetryPolicy): number {
  let total = 0;
  for (let attempt = 1; attempt < maxAttempts; attempt++) {
    total += Math.min(maxIntervalMs, initialIntervalMs * backoff ** (attempt - 1));
  }
  return total;
}

function sum(steps: PlannedStep[], of: (step: PlannedStep) => number): number {
  return steps.reduce((total, step) => total + of(step), 0);
}
