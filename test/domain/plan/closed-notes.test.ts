import type { PlannedFreeze } from '../../../src/domain/calendar/planned-freeze';
import type { DeploymentWindow } from '../../../src/domain/calendar/window';
import { buildPlan, orderMembers } from '../../../src/domain/plan';
import { fleetOf, planSpec } from '../../support/plan';

const NOW = Date.parse('2026-12-25T12:00Z');
const CHRISTMAS: PlannedFreeze = {
  services: ['web'],
  reason: 'Christmas',
  when: { kind: 'between', from: NOW - 1, until: Date.parse('2027-01-04T07:00Z') },
};
const OFFICE: DeploymentWindow[] = [{ days: ['mon'], from: 540, to: 960, timeZone: 'Europe/Berlin' }];

function notes(windows = OFFICE, freezes: PlannedFreeze[] = [], isFreezeOverridden = false): string[] {
  const spec = planSpec({ windows });
  const members = orderMembers(spec, fleetOf(2));
  return buildPlan({ spec, members, calendar: { freezes, now: NOW }, isFreezeOverridden }).notes;
}

it('says that it would wait outside its windows, and until when', () => {
  expect(notes()).toContain(
    'it would wait until 2026-12-28 08:00:00 UTC: outside its deployment windows: mon 09:00–16:00 Europe/Berlin; the next opens 2026-12-28 09:00 CET',
  );
});

it('says what belay.yaml freezes, and waits for both', () => {
  expect(notes(OFFICE, [CHRISTMAS]).join()).toMatch(
    /^it would wait until 2027-01-04 08:00:00 UTC: outside .*; frozen by belay.yaml until 2027-01-04 07:00 UTC: Christmas$/,
  );
});

it('says what is overridden', () => {
  expect(notes(OFFICE, [CHRISTMAS], true).join()).toMatch(/^overridden: outside .*: Christmas$/);
});

it('says nothing where it may begin', () => {
  expect(notes([{ ...OFFICE[0]!, days: ['fri'] }], [{ ...CHRISTMAS, services: ['api'] }])).toEqual([]);
});
