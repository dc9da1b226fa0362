import { closedAt } from '../../../src/domain/calendar/closed';
import { plannedFor, type PlannedFreeze } from '../../../src/domain/calendar/planned-freeze';
import type { DeploymentWindow } from '../../../src/domain/calendar/window';

const at = (text: string) => Date.parse(text);
const BERLIN = 'Europe/Berlin';
const OFFICE: DeploymentWindow = {
  days: ['mon', 'tue', 'wed', 'thu'],
  from: 9 * 60,
  to: 16 * 60,
  timeZone: BERLIN,
};
const CHRISTMAS: PlannedFreeze = {
  environment: 'production',
  reason: 'Christmas',
  when: { kind: 'between', from: at('2026-12-20T00:00+01:00'), until: at('2027-01-04T08:00+01:00') },
};
const weekly = (days: DeploymentWindow['days'], from: number, to: number, reason: string): PlannedFreeze => ({
  reason,
  when: { kind: 'weekly', window: { days, from: from * 60, to: to * 60, timeZone: BERLIN } },
});
const FRIDAY = weekly(['fri'], 15, 24, 'no Friday evenings');
const WEEKEND = weekly(['sat', 'sun'], 0, 24, 'weekend');

const closed = (windows: DeploymentWindow[], freezes: PlannedFreeze[], now: string) => {
  const found = closedAt({ windows, freezes }, at(now));
  if (found === undefined) return undefined;
  return { until: found.until === null ? null : new Date(found.until).toISOString(), reason: found.reason };
};

it('is open without a calendar, and where nothing holds', () => {
  expect(closed([], [], '2026-12-25T12:00Z')).toBeUndefined();
  expect(closed([OFFICE], [CHRISTMAS, WEEKEND], '2026-12-15T12:00Z')).toBeUndefined();
});

it.each<[string, boolean]>([
  ['2026-12-19T23:59:59+01:00', false],
  ['2026-12-20T00:00:00+01:00', true],
  ['2027-01-04T07:59:59+01:00', true],
  ['2027-01-04T08:00:00+01:00', false],
])('holds between its two moments: at %s, %j', (now, holds) => {
  expect(closed([], [CHRISTMAS], now) !== undefined).toBe(holds);
});

it('says until when and why', () => {
  expect(closed([], [CHRISTMAS], '2026-12-25T12:00Z')).toEqual({
    until: '2027-01-04T07:00:00.000Z',
    reason: 'frozen by belay.yaml until 2027-01-04 07:00 UTC: Christmas',
  });
  expect(closed([], [FRIDAY], '2026-12-04T15:00Z')).toEqual({
    until: '2026-12-04T23:00:00.000Z',
    reason: 'frozen by belay.yaml (fri 15:00–24:00 Europe/Berlin) until 2026-12-05 00:00 CET: no Friday evenings',
  });
});

it('is closed until the last of those is over of which one begins where another ends', () => {
  const { until, reason } = closed([], [WEEKEND, FRIDAY], '2026-12-04T15:00Z')!;
  expect(until).toBe('2026-12-06T23:00:00.000Z');
  expect(reason).toMatch(
    /^frozen by belay.yaml \(fri .*; frozen by belay.yaml \(sat\+sun .* until 2026-12-07 00:00 CET/,
  );
});

it('waits for the window after a freeze, and for the end of a freeze in a window', () => {
  expect(closed([OFFICE], [CHRISTMAS], '2026-12-25T12:00Z')?.until).toBe('2027-01-04T08:00:00.000Z');
  const late: PlannedFreeze = {
    reason: 'audit',
    when: { kind: 'between', from: at('2026-12-01T10:00Z'), until: at('2026-12-01T15:30Z') },
  };
  const found = closed([OFFICE], [late], '2026-12-01T12:00Z');
  expect(found?.until).toBe('2026-12-02T08:00:00.000Z');
  expect(found?.reason).toMatch(/audit; outside its deployment windows: .* the next opens 2026-12-02 09:00 CET$/);
});

it('does not know the end of what always holds', () => {
  const always = weekly(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], 0, 24, 'end of life');
  expect(closed([], [always], '2026-12-25T12:00Z')).toEqual({
    until: null,
    reason: 'frozen by belay.yaml (mon-sun 00:00–24:00 Europe/Berlin): end of life',
  });
});

it.each<[Pick<PlannedFreeze, 'environment' | 'services'>, boolean]>([
  [{}, true],
  [{ environment: 'production' }, true],
  [{ environment: 'staging' }, false],
  [{ environment: 'production', services: ['api', 'web'] }, true],
  [{ environment: 'production', services: ['api'] }, false],
  [{ services: ['web'] }, true],
])('%j binds production/web: %j', (scope, binds) => {
  const freeze = { ...CHRISTMAS, environment: undefined, ...scope } as PlannedFreeze;
  expect(plannedFor([freeze], { environment: 'production', service: 'web' })).toHaveLength(binds ? 1 : 0);
});
