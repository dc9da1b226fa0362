import { openAt } from '../../../src/domain/calendar/open';
import { windowOf } from './windows';

const OFFICE = 'mon-thu 09:00-16:00 Europe/Berlin';
const NIGHT = 'fri-fri 22:00-04:00 Europe/Berlin';
/** Clocks go from 2:00 to 3:00 on 2026-03-29 at 01:00 UTC, and from 3:00 back to 2:00 on 2026-10-25 at 01:00 UTC. */
const SKIPPED = 'sun-sun 02:00-03:00 Europe/Berlin';
const HALF_SKIPPED = 'sun-sun 02:30-05:00 Europe/Berlin';
const ENDS_SKIPPED = 'sun-sun 00:30-02:30 Europe/Berlin';

it.each<[string, string, string, string | undefined]>([
  // A Monday, in winter.
  [OFFICE, '2026-11-30T07:59:59.999Z', 'closed', '2026-11-30T08:00:00.000Z'],
  [OFFICE, '2026-11-30T08:00:00.000Z', 'open', '2026-11-30T15:00:00.000Z'],
  [OFFICE, '2026-11-30T14:59:59.999Z', 'open', '2026-11-30T15:00:00.000Z'],
  [OFFICE, '2026-11-30T15:00:00.000Z', 'closed', '2026-12-01T08:00:00.000Z'],
  // Thursday evening: the next is Monday's.
  [OFFICE, '2026-12-03T15:00:00.000Z', 'closed', '2026-12-07T08:00:00.000Z'],
  // In summer, the same hours by the clock.
  [OFFICE, '2026-06-01T06:59:00.000Z', 'closed', '2026-06-01T07:00:00.000Z'],
  // Over the weekend on which clocks change, to the hour.
  [OFFICE, '2026-03-26T15:00:00.000Z', 'closed', '2026-03-30T07:00:00.000Z'],
  [OFFICE, '2026-10-22T14:00:00.000Z', 'closed', '2026-10-26T08:00:00.000Z'],
  // Over midnight: Friday's lasts into Saturday, and no Friday begins with Thursday's.
  [NIGHT, '2026-12-04T01:00:00.000Z', 'closed', '2026-12-04T21:00:00.000Z'],
  [NIGHT, '2026-12-04T21:30:00.000Z', 'open', '2026-12-05T03:00:00.000Z'],
  [NIGHT, '2026-12-05T02:59:00.000Z', 'open', '2026-12-05T03:00:00.000Z'],
  [NIGHT, '2026-12-05T03:00:00.000Z', 'closed', '2026-12-11T21:00:00.000Z'],
  // Sunday's lasts into Monday: the week begins anew in between.
  ['sun-sun 22:00-04:00 UTC', '2026-12-06T23:59:00.000Z', 'open', '2026-12-07T04:00:00.000Z'],
  // An hour that is skipped is never there: the next one is a week later.
  [SKIPPED, '2026-03-28T12:00:00.000Z', 'closed', '2026-04-05T00:00:00.000Z'],
  [HALF_SKIPPED, '2026-03-29T00:59:00.000Z', 'closed', '2026-03-29T01:00:00.000Z'],
  [ENDS_SKIPPED, '2026-03-29T00:30:00.000Z', 'open', '2026-03-29T01:00:00.000Z'],
  // One that comes twice is there both times.
  [SKIPPED, '2026-10-25T00:00:00.000Z', 'open', '2026-10-25T02:00:00.000Z'],
  [ENDS_SKIPPED, '2026-10-25T00:00:00.000Z', 'open', '2026-10-25T00:30:00.000Z'],
  [ENDS_SKIPPED, '2026-10-25T00:30:00.000Z', 'closed', '2026-10-25T01:00:00.000Z'],
  [ENDS_SKIPPED, '2026-10-25T01:00:00.000Z', 'open', '2026-10-25T01:30:00.000Z'],
  // Samoa left out Friday, 2011-12-30.
  ['fri-fri 09:00-10:00 Pacific/Apia', '2011-12-29T12:00:00.000Z', 'closed', '2012-01-05T19:00:00.000Z'],
  // A whole day, and at all times.
  ['sat-sat 00:00-24:00 UTC', '2026-12-04T23:59:00.000Z', 'closed', '2026-12-05T00:00:00.000Z'],
  ['sat-sat 00:00-24:00 UTC', '2026-12-05T12:00:00.000Z', 'open', '2026-12-06T00:00:00.000Z'],
  ['sat-sat 09:00-09:00 UTC', '2026-12-06T08:00:00.000Z', 'open', '2026-12-06T09:00:00.000Z'],
  ['mon-sun 00:00-24:00 UTC', '2026-12-05T12:00:00.000Z', 'open', undefined],
  ['mon-sun 09:00-09:00 Europe/Berlin', '2026-03-28T12:00:00.000Z', 'open', undefined],
  // A zone that is not whole hours ahead.
  ['mon-sun 09:00-16:00 Asia/Kathmandu', '2026-11-30T03:14:00.000Z', 'closed', '2026-11-30T03:15:00.000Z'],
])('%s at %s is %s until %s', (text, now, state, until) => {
  expect(openAt([windowOf(text)], new Date(now))).toEqual({
    open: state === 'open',
    ...(until === undefined ? {} : { until: new Date(until) }),
  });
});

it('is open as long as any of several is, each by the clock of its zone', () => {
  const windows = [OFFICE, 'mon-fri 09:00-16:00 America/New_York', NIGHT].map(windowOf);
  const at = (now: string) => openAt(windows, new Date(now));
  // Berlin's passes into New York's, that of a Friday into the night.
  expect(at('2026-11-30T08:00:00Z')).toEqual({ open: true, until: new Date('2026-11-30T21:00:00Z') });
  expect(at('2026-11-30T21:00:00Z')).toEqual({ open: false, until: new Date('2026-12-01T08:00:00Z') });
  expect(at('2026-12-04T14:00:00Z')).toEqual({ open: true, until: new Date('2026-12-05T03:00:00Z') });
});
