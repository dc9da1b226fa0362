import { allowedFailures, sizeText } from '../size';
import type { RolloutCommand } from './command';
import { overLimit, type RolloutState } from './state';
import { stop } from './stop';

/** Stops the rollout when more have failed than the limit allows. */
export function tripIfOver(state: RolloutState, commands: RolloutCommand[]): void {
  if (state.back || state.pausedSince !== null || !overLimit(state)) return;
  const reason = failuresText(state);
  if (state.stop?.cause === 'threshold') {
    // What was in flight at the trip fails, too: the numbers stay those of the failures listed.
    state.stop.reason = reason;
    state.reason = reason;
    return;
  }
  stop(state, { cause: 'threshold', reason }, commands);
}

/** `2 of 8 instances failed; the limit is 1`. */
export function failuresText(state: RolloutState): string {
  const limit = state.policy.maxFailures;
  const allowed = allowedFailures(limit, state.targeted);
  const failed = state.members.number('failed');
  const written = limit.kind === 'percent' ? `${allowed} (${sizeText(limit)})` : String(allowed);
  return `${failed} of ${state.targeted} instances failed; the limit is ${written}`;
}
