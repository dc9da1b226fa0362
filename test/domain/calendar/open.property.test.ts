import fc from 'fast-check';
import { openAt } from '../../../src/domain/calendar/open';
import { DAYS, type DeploymentWindow } from '../../../src/domain/calendar/window';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** So far each minute is asked. */
const WALK_MS = 2 * DAY_MS;

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kathmandu',
  // Half an hour in summer.
  'Australia/Lord_Howe',
  'Pacific/Apia',
];

/** Around the days on which clocks are changed somewhere, or a zone goes over the date line. */
const TURNS = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01', '2011-12-30'];

const someWindow = fc.record<DeploymentWindow>({
  days: fc.subarray([...DAYS], { minLength: 1 }),
  from: fc.integer({ min: 0, max: 1_439 }),
  to: fc.integer({ min: 0, max: 1_440 }),
  timeZone: fc.constantFrom(...ZONES),
});

const someMoment = fc
  .tuple(fc.constantFrom(...TURNS), fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS }))
  .map(([day, away]) => new Date(Date.parse(day) + away));

const clocks = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit' }),
  ]),
);

/** Asked of the clock on the wall, without any thought of when it will show something else. */
function isOpen(windows: DeploymentWindow[], at: number): boolean {
  return windows.some(({ days, from, to, timeZone }) => {
    const [, weekday = '', hour = '', minute = ''] =
      /^(\w+),? (\d+):(\d+)$/.exec(clocks.get(timeZone)!.format(at)) ?? [];
    const today = DAYS.findIndex((day) => day === weekday.toLowerCase());
    const begun = days.includes(DAYS[today]!);
    const lasting = days.includes(DAYS[(today + 6) % 7]!);
    const now = Number(hour) * 60 + Number(minute);
    return to > from ? begun && from <= now && now < to : (begun && from <= now) || (lasting && now < to);
  });
}

it('is what a walk from minute to minute finds', () => {
  fc.assert(
    fc.property(fc.array(someWindow, { minLength: 1, maxLength: 3 }), someMoment, (windows, now) => {
      const { open, until } = openAt(windows, now);
      const start = now.getTime();
      expect(isOpen(windows, start)).toBe(open);
      if (until !== undefined) {
        expect(until.getTime()).toBeGreaterThan(start);
        expect(isOpen(windows, until.getTime())).toBe(!open);
        expect(isOpen(windows, until.getTime() - 1)).toBe(open);
      }
      const end = Math.min(until?.getTime() ?? Infinity, start + WALK_MS);
      for (let at = start; at < end; at += MINUTE_MS) if (isOpen(windows, at) !== open) return false;
      return true;
    }),
    { numRuns: 150 },
  );
});

it('never keeps one waiting for more than three weeks', () => {
  fc.assert(
    fc.property(someWindow, someMoment, (window, now) => {
      fc.pre(window.from !== window.to);
      const { open, until } = openAt([window], now);
      return open || until.getTime() - now.getTime() < 21 * DAY_MS;
    }),
    { numRuns: 150 },
  );
});
