import { opened, type Opening } from './open';
import { DAYS, type Day, type DeploymentWindow } from './window';

/** `mon-thu 09:00–16:00 Europe/Berlin` */
export function windowText({ days, from, to, timeZone }: DeploymentWindow): string {
  return `${daysText(days)} ${timeText(from)}–${timeText(to)} ${timeZone}`;
}

/** Why nothing goes forward now, and when something may. */
export function closedText(windows: readonly DeploymentWindow[], { until }: Extract<Opening, { open: false }>): string {
  const next = opened(windows, until)[0] ?? windows[0];
  const when = momentText(until, next?.timeZone ?? 'UTC');
  return `outside its deployment windows: ${windows.map(windowText).join(', ')}; the next opens ${when}`;
}

/** `mon-thu`, `mon-wed+fri`, `mon+sun` */
function daysText(days: readonly Day[]): string {
  const runs: Day[][] = [];
  for (const day of DAYS.filter((each) => days.includes(each))) {
    const last = runs.at(-1);
    const follows = last !== undefined && DAYS.indexOf(last.at(-1)!) === DAYS.indexOf(day) - 1;
    if (follows) last.push(day);
    else runs.push([day]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join('+'))).join('+');
}

function timeText(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `2026-12-01 09:00 CET` */
export function momentText(at: Date, timeZone: string): string {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at);
  return `${shown} ${zoneText(at, timeZone)}`;
}

/** Each of them has names for the zones of its own part of the world only. */
const SPEAKERS = ['en-GB', 'en-US', 'en-AU', 'en-IN'];

/** `CET`, or `GMT+9` where the zone has no name that is short. */
function zoneText(at: Date, timeZone: string): string {
  const names = SPEAKERS.map((locale) => {
    const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' }).formatToParts(at);
    return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
  });
  return names.find((name) => !/^GMT[+-]/.test(name)) ?? names[0] ?? timeZone;
}
