import { closedText, momentText, windowText } from '../../../src/domain/calendar/text';
import { windowOf } from './windows';

it.each([
  ['mon-thu 09:00-16:00 Europe/Berlin', 'mon-thu 09:00–16:00 Europe/Berlin'],
  ['sat-sun 22:00-04:05 UTC', 'sat+sun 22:00–04:05 UTC'],
  ['wed-wed 00:00-24:00 UTC', 'wed 00:00–24:00 UTC'],
])('%s is called %s', (window, text) => {
  expect(windowText(windowOf(window))).toBe(text);
});

it('calls days by their runs, in the order of the week', () => {
  const window = { ...windowOf('mon-mon 09:00-16:00 UTC'), days: ['fri', 'tue', 'mon', 'wed', 'sun'] as const };
  expect(windowText({ ...window, days: [...window.days] })).toBe('mon-wed+fri+sun 09:00–16:00 UTC');
});

it('says where it is outside of, and when the next opens, by the clock there', () => {
  const windows = [windowOf('mon-thu 09:00-16:00 Europe/Berlin'), windowOf('tue-tue 03:00-04:00 America/New_York')];
  expect(closedText(windows.slice(0, 1), { open: false, until: new Date('2026-12-01T08:00Z') })).toBe(
    'outside its deployment windows: mon-thu 09:00–16:00 Europe/Berlin; the next opens 2026-12-01 09:00 CET',
  );
  expect(closedText(windows.slice(1), { open: false, until: new Date('2026-12-01T08:00Z') })).toBe(
    'outside its deployment windows: tue 03:00–04:00 America/New_York; the next opens 2026-12-01 03:00 EST',
  );
  expect(closedText(windows, { open: false, until: new Date('2026-12-07T08:00Z') })).toMatch(
    /: mon-thu .*Berlin, tue .*New_York; the next opens 2026-12-07 09:00 CET$/,
  );
});

it.each([
  ['2026-07-01T07:00Z', 'Europe/Berlin', '2026-07-01 09:00 CEST'],
  ['2026-12-01T00:00Z', 'UTC', '2026-12-01 00:00 UTC'],
  ['2026-12-01T00:00Z', 'Asia/Tokyo', '2026-12-01 09:00 GMT+9'],
])('%s in %s is %s', (at, timeZone, text) => {
  expect(momentText(new Date(at), timeZone)).toBe(text);
});
