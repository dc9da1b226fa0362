import { openAt } from './open';
import { heldUntil, plannedText, type PlannedFreeze } from './planned-freeze';
import { closedText } from './text';
import type { DeploymentWindow } from './window';

/** Why nothing goes forward, and until when (ms since the epoch); null: nobody knows. */
export interface Closed {
  until: number | null;
  reason: string;
}

/** What closes a service at times that are known before. */
export interface Calendar {
  /** Empty: it is open at any time. */
  windows: readonly DeploymentWindow[];
  freezes: readonly PlannedFreeze[];
}

/** One may begin where another ends, many times over; after so many, whoever waits looks again. */
const MOST_IN_A_ROW = 50;

/** Whether it is closed at a moment, and until it is open for all of them; undefined: it is open. */
export function closedAt(calendar: Calendar, now: number): Closed | undefined {
  // Each is said once, as it was found last: it knows best when it ends.
  const reasons = new Map<object, string>();
  let until: number | null = now;
  for (let row = 0; row < MOST_IN_A_ROW && until !== null; row++) {
    const found = closingAt(calendar, until);
    if (found.length === 0) break;
    for (const { by, reason } of found) reasons.set(by, reason);
    const ends = found.map((each) => each.until);
    until = ends.includes(null) ? null : Math.max(...ends.map(Number));
  }
  return reasons.size === 0 ? undefined : { until, reason: [...reasons.values()].join('; ') };
}

function closingAt({ windows, freezes }: Calendar, at: number): (Closed & { by: object })[] {
  const opening = windows.length === 0 ? undefined : openAt(windows, new Date(at));
  const outside =
    opening === undefined || opening.open
      ? []
      : [{ by: windows, until: opening.until.getTime(), reason: closedText(windows, opening) }];
  const frozen = freezes.flatMap((by) => {
    const until = heldUntil(by, at);
    return until === undefined ? [] : [{ by, until, reason: plannedText(by, until) }];
  });
  return [...outside, ...frozen];
}
