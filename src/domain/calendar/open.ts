import { clockChange, DAY_MINUTES, MINUTE_MS, wallAt, type Wall } from './wall';
import { DAYS, type DeploymentWindow } from './window';

/** Whether a deployment may go forward, and when that is going to be otherwise. */
export type Opening =
  /** Without `until` it is open for weeks. */
  { open: true; until?: Date } | { open: false; until: Date };

/**
 * What is opened once a week is opened within so long: a week in which clocks skip just that time, or a zone skips the
 * whole day, may be followed by one more.
 */
const HORIZON_MS = 23 * DAY_MINUTES * MINUTE_MS;

/**
 * Whether any window is open at a moment. What counts is what the clock on the wall shows in the window's time zone: an
 * hour that comes twice is in the window both times, one that is skipped never. It is bounds that are looked at, one after
 * another, each found by the clock as it is set: where it is changed before, the change is looked at first.
 */
export function openAt(windows: readonly DeploymentWindow[], now: Date): Opening {
  const start = now.getTime();
  const open = isOpen(windows, start);
  for (let at = start; at - start < HORIZON_MS;) {
    at = Math.min(...windows.map((window) => nextBound(window, at)), start + HORIZON_MS);
    if (isOpen(windows, at) !== open) return { open, until: new Date(at) };
  }
  // A window that never came: whoever waits for it looks again.
  return open ? { open } : { open, until: new Date(start + HORIZON_MS) };
}

/** Those that are open at a moment. */
export function opened(windows: readonly DeploymentWindow[], at: Date): DeploymentWindow[] {
  return windows.filter((window) => includes(window, wallAt(at.getTime(), window.timeZone)));
}

function isOpen(windows: readonly DeploymentWindow[], at: number): boolean {
  return opened(windows, new Date(at)).length > 0;
}

function includes({ days, from, to }: DeploymentWindow, { day, minute }: Wall): boolean {
  if (from < to) return days.includes(day) && minute >= from && minute < to;
  const before = DAYS[(DAYS.indexOf(day) + 6) % 7]!;
  return (days.includes(day) && minute >= from) || (days.includes(before) && minute < to);
}

/** The next moment at which the window may begin, or end, or the clock there is changed. */
function nextBound({ from, to, timeZone }: DeploymentWindow, at: number): number {
  const { minute, offsetMs } = wallAt(at, timeZone);
  const ahead = Math.min(...[from, to].map((bound) => minutesUntil(bound, minute)));
  const next = Math.floor(at / MINUTE_MS) * MINUTE_MS + ahead * MINUTE_MS;
  return wallAt(next, timeZone).offsetMs === offsetMs ? next : clockChange(at, next, timeZone);
}

function minutesUntil(bound: number, minute: number): number {
  return (bound - minute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
}
