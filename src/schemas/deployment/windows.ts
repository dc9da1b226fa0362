import { z } from 'zod';
import { DAYS, type Day, type DeploymentWindow } from '../../domain/calendar/window';
import { suggestion } from '../../domain/names';
import { object } from '../object';
import { converted, list } from '../scalars';
import { shown } from '../wording';

const day = converted('day', `write a day (${DAYS.join(', ')}), or a range like mon-thu`, daysOf);

function daysOf(text: string): Day[] | undefined {
  const [first, last = first, ...more] = text.split('-');
  const from = DAYS.findIndex((each) => each === first);
  const to = DAYS.findIndex((each) => each === last);
  if (from < 0 || to < 0 || more.length > 0) return undefined;
  const count = ((to - from + DAYS.length) % DAYS.length) + 1;
  return [...DAYS, ...DAYS].slice(from, from + count);
}

const MIDNIGHT = 24 * 60;

const time = converted('time', 'write a time of the day like "09:00", up to "24:00"', (text) => {
  const [, hours, minutes] = /^(\d\d):([0-5]\d)$/.exec(text) ?? [];
  const value = Number(hours) * 60 + Number(minutes);
  return value <= MIDNIGHT ? value : undefined;
});

const timeZone = converted('time zone', 'write one like Europe/Berlin or UTC', zoneOf, (text, right) => {
  const meant = suggestion(text, Intl.supportedValuesOf('timeZone'));
  return `is ${shown(text)}, which is no time zone; ${meant === '' ? right : meant}`;
});

/** Offsets are none: they don't know when clocks are changed. */
function zoneOf(text: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
  } catch {
    return undefined;
  }
  return /^[A-Za-z]/.test(text) ? text : undefined;
}

/** Between two times of the day, on some days of the week. */
export const windowShape = {
  days: list(day, 'write a list of days, like [mon-thu]', 1)
    .prefault(['mon-sun'])
    .meta({ type: 'list of days and ranges', shownDefault: '`[mon-sun]`' })
    .describe('The days on which it begins: `mon`, or `mon-thu`.'),
  from: time.describe('When it begins, as `"09:00"`.'),
  to: time.describe('When it ends; one that is not after `from` is of the next day.'),
  time_zone: timeZone.describe('Whose clock it is, as `Europe/Berlin`.'),
};

const window = object(
  windowShape,
  'write a map like { days: [mon-thu], from: "09:00", to: "16:00", time_zone: Europe/Berlin }',
).check(z.superRefine(refuseNever));

/** Refuses one that is over when it begins. */
export function refuseNever({ from, to }: { from: number; to: number }, context: z.RefinementCtx): void {
  if (from === MIDNIGHT) {
    context.addIssue({ code: 'custom', path: ['from'], message: 'is "24:00"; write "00:00" of the next day' });
  }
  if (from !== to) return;
  const message = 'is as from, so that it is never open; write "00:00" and "24:00" for the whole day';
  context.addIssue({ code: 'custom', path: ['to'], message });
}

/** `windows:` when a deployment may go forward. */
export const windows = list(
  window,
  'write a list like [{ days: [mon-thu], from: "09:00", to: "16:00", time_zone: Europe/Berlin }]',
  1,
);

export function windowsOf(parsed: z.output<typeof windows>): DeploymentWindow[] {
  return parsed.map(windowOf);
}

export function windowOf({ days, from, to, time_zone: zone }: z.output<typeof window>): DeploymentWindow {
  const named = new Set(days.flat());
  return { days: DAYS.filter((each) => named.has(each)), from, to, timeZone: zone };
}
