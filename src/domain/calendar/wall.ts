import { DAYS, type Day } from './window';

export const MINUTE_MS = 60_000;
export const DAY_MINUTES = 1_440;

/** What a clock on the wall shows. */
export interface Wall {
  day: Day;
  /** Since midnight. */
  minute: number;
  /** How far it is ahead of UTC, in ms. */
  offsetMs: number;
}

/** What a clock shows there, at a moment (ms since the epoch). */
export function wallAt(at: number, timeZone: string): Wall {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  const weekday = (new Date(shown).getUTCDay() + 6) % 7;
  return {
    day: DAYS[weekday]!,
    minute: hour * 60 + minute,
    offsetMs: shown - Math.floor(at / 1000) * 1000,
  };
}

/** The first moment, after one and at the latest at another, at which the clock there isn't what it was set to at the first. */
export function clockChange(after: number, before: number, timeZone: string): number {
  const { offsetMs } = wallAt(after, timeZone);
  let [same, changed] = [after, before];
  // Clocks are changed at whole minutes.
  while (changed - same > MINUTE_MS) {
    const middle = same + (changed - same) / 2;
    if (wallAt(middle, timeZone).offsetMs === offsetMs) same = middle;
    else changed = middle;
  }
  return Math.floor(changed / MINUTE_MS) * MINUTE_MS;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** To make one takes long. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, format);
  return format;
}
