import type { Shown } from '../experiment/shown';
import type { RolloutCommand } from './command';
import type { Stage } from './stage';
import type { RolloutState, Watch } from './state';
import { passWait } from './wait';

const UNDER_WAY_MS = 10_000;

/** How long after its shift an experiment begins: requests that were under way then are nobody's measure. */
export function experimentDelayMs({ everyMs }: Pick<Extract<Stage, { kind: 'experiment' }>, 'everyMs'>): number {
  return Math.min(everyMs, UNDER_WAY_MS);
}

/** Begins an experiment, or goes on with it after a pause; whether there is anything left of it. */
export function experimentFirst(
  state: RolloutState,
  { forMs, everyMs }: Extract<Stage, { kind: 'experiment' }>,
  now: number,
): boolean {
  const { policy, analysis } = state;
  if (state.experiment?.shown?.conclusion !== undefined) return false;
  const begins = now + (policy.router === true ? experimentDelayMs({ everyMs }) : 0);
  state.experiment ??= { since: begins, until: begins + forMs, shown: null };
  if (policy.analysis?.count === 'consecutive') analysis.consecutive = 0;
  const { since, until } = state.experiment;
  const from = Math.max(now, since);
  state.wait = { kind: 'analyze', since, until, next: nextOf(from, everyMs, until, now), from, asked: null, everyMs };
  return true;
}

/** Takes in what it has shown: once there is a conclusion, it stands. */
export function takeShown(state: RolloutState, shown: Shown | undefined, commands: RolloutCommand[]): void {
  if (shown === undefined || state.experiment === undefined) return;
  state.experiment.shown = shown;
  if (shown.conclusion === undefined) return;
  commands.push({ kind: 'log', entry: { type: 'experiment_concluded', reason: shown.text } });
}

/** Goes on behind it when it is over, whatever it has shown; else it is measured again. */
export function goOnMeasuring(state: RolloutState, wait: Watch, everyMs: number, now: number): void {
  if (state.experiment?.shown?.conclusion !== undefined) passWait(state);
  else wait.next = nextOf(wait.from, everyMs, wait.until, now);
}

function nextOf(from: number, everyMs: number, until: number, now: number): number {
  // What was not concluded though its time is over is asked for again, and no sooner than that.
  return until > now ? Math.min(Math.max(now, from + everyMs), until) : Math.max(now, from);
}
