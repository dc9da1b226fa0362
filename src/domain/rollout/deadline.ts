import type { RolloutState } from './state';

/** Whether time counts now: not while paused, awaiting a person or baking, and never for a rollback. */
function counts(state: RolloutState): boolean {
  const idle = state.wait !== null && state.wait.kind !== 'pause_between';
  return state.endedAt === null && !state.back && !idle && !state.stop && state.pausedSince === null;
}

/** Starts or stands still, as the state now asks. Called after every event. */
export function keepClock(state: RolloutState, now: number): void {
  const { clock } = state;
  if (counts(state) === (clock.since !== null)) return;
  if (clock.since === null) {
    clock.since = now;
    return;
  }
  clock.spentMs += now - clock.since;
  clock.since = null;
}

/** When `timeouts.deployment` is over, in ms since the epoch, while it counts. */
export function deadlineAt(state: RolloutState): number | undefined {
  const { clock, policy } = state;
  if (policy.deadlineMs === undefined || clock.since === null) return undefined;
  return clock.since + policy.deadlineMs - clock.spentMs;
}
