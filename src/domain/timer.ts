/** What is longer ends at once: Node's timers count so far, which is 24 days, and durations may be a year. */
const LONGEST_MS = 2 ** 31 - 1;

/** How long a timer is set for a duration. */
export function timerMs(ms: number): number {
  return Math.min(ms, LONGEST_MS);
}
