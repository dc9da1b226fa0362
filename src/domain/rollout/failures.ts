import { SAID, said } from '../said';
import { LISTED_FAILURES, type RolloutState } from './state';

/** What is said of an instance, around what it says itself. */
const LONGEST = 2 * SAID;

/** Keeps the first failures for the status document; the database has them all. */
export function listFailure(
  state: RolloutState,
  failure: { ordinal: number; name: string; reason: string; attempts: number },
): void {
  if (state.failures.length >= LISTED_FAILURES) return;
  const { ordinal, name, reason, attempts } = failure;
  // Whoever said it may have said much, and the state is carried over when a workflow continues as new.
  state.failures.push({ ordinal, instance: name, reason: said(reason, LONGEST), attempts });
}

export function forgetFailure(state: RolloutState, ordinal: number): void {
  const at = state.failures.findIndex((failure) => failure.ordinal === ordinal);
  if (at >= 0) state.failures.splice(at, 1);
}
