import type { ActInput } from '../../src/activities/types';
import { MINUTE_MS, wallAt } from '../../src/domain/calendar/wall';
import { DAYS, type DeploymentWindow } from '../../src/domain/calendar/window';
import type { PlannedFreeze } from '../../src/domain/calendar/planned-freeze';
import type { FreezeScope } from '../../src/domain/freeze';
import { useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { Rig, run, type RigOptions } from './harness';

const used = useStore();
const folder = temporaryFolder();
const HOUR_MS = 60 * MINUTE_MS;

async function began(options: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = new Rig(used.store, { folder: folder.path, ...options });
  await rig.began();
  return rig;
}

function read({ activities, generation }: Rig) {
  const input: ActInput<{ kind: 'read_calendar' }> = { generation, number: 1, act: { kind: 'read_calendar' } };
  return run(activities.readCalendar, input);
}

const scopeOf = ({ spec: { environment: env, service } }: Rig) => ({ environment: env, service });
const freeze = (scope: FreezeScope, ms?: number) =>
  used.store.freeze({
    scope,
    by: 'bob',
    reason: 'audit',
    replace: false,
    ...(ms === undefined ? {} : { until: { kind: 'after', ms } }),
  });

/** A window of every day, so many hours from now. */
function windowIn(fromHours: number, toHours: number): DeploymentWindow {
  const at = (hours: number) => wallAt(Date.now() + hours * HOUR_MS, 'UTC').minute;
  return { days: [...DAYS], from: at(fromHours), to: at(toHours), timeZone: 'UTC' };
}

it('lets a deployment without windows go on, until somebody freezes it, and again once that is lifted', async () => {
  const rig = await began();
  expect(await read(rig)).toEqual({});
  await freeze(scopeOf(rig));
  const closed = {
    until: null,
    reason: expect.stringMatching(new RegExp(`^bob froze test/${rig.spec.service} at .*, until it is lifted: audit$`)),
  };
  // Of the same number: each look is a fresh one.
  expect(await read(rig)).toEqual({ closed });
  await used.store.unfreeze({ scope: scopeOf(rig), by: 'bob' });
  expect(await read(rig)).toEqual({});
});

it('tells until when, of several freezes the last, and of none that nobody ends', async () => {
  const rig = await began();
  await freeze(scopeOf(rig), HOUR_MS);
  const first = (await read(rig)).closed?.until ?? 0;
  expect(Math.abs(first - Date.now() - HOUR_MS)).toBeLessThan(MINUTE_MS);
  await freeze({ environment: 'test' }, 2 * HOUR_MS);
  const { closed } = await read(rig);
  expect(closed?.until).toBeGreaterThan(first + HOUR_MS / 2);
  expect(closed?.reason).toMatch(/^bob froze test\/s-.*: audit; bob froze test\/\* at .*: audit$/);
  await used.store.unfreeze({ scope: { environment: 'test' }, by: 'bob' });
  await freeze({});
  expect(await read(rig)).toMatchObject({ closed: { until: null } });
  await used.store.unfreeze({ scope: {}, by: 'bob' });
});

it('is closed outside of the windows', async () => {
  const rig = await began({ spec: { windows: [windowIn(2, 4), windowIn(-4, -2)] } });
  const { closed } = await read(rig);
  expect(closed?.reason).toMatch(
    /^outside its deployment windows: mon-sun .* UTC, mon-sun .* UTC; the next opens .* UTC$/,
  );
  const away = (closed?.until ?? 0) - Date.now();
  expect(Math.abs(away - 2 * HOUR_MS)).toBeLessThan(2 * MINUTE_MS);
});

/** One that began an hour ago, of this service unless another is named. */
const planned = (services?: string[]): PlannedFreeze => ({
  environment: 'test',
  reason: 'Christmas',
  when: { kind: 'between', from: Date.now() - HOUR_MS, until: Date.now() + HOUR_MS },
  ...(services === undefined ? {} : { services }),
});

it('is closed by what belay.yaml freezes, which it asks for before the first touch', async () => {
  const rig = new Rig(used.store, { folder: folder.path, freezes: [planned()] });
  expect((await rig.began()).policy.calendar).toBe('windows');
  const { closed } = await read(rig);
  expect(closed?.reason).toMatch(/^frozen by belay.yaml until .* UTC: Christmas$/);
  expect((closed?.until ?? 0) - Date.now()).toBeGreaterThan(HOUR_MS / 2);
});

it('is not closed by what belay.yaml freezes of others', async () => {
  const rig = new Rig(used.store, { folder: folder.path, freezes: [planned(['another'])] });
  expect((await rig.began()).policy.calendar).toBe('freezes');
  expect(await read(rig)).toEqual({});
});

it('goes past windows and freezes with --override-freeze, and says each once in the event log', async () => {
  const rig = await began({
    spec: { windows: [windowIn(2, 4)] },
    request: { overrideFreeze: 'the site is down' },
    freezes: [planned()],
  });
  expect(await read(rig)).toEqual({});
  await freeze(scopeOf(rig));
  expect(await read(rig)).toEqual({});
  expect(await read(rig)).toEqual({});
  const events = await used.store.events({ generation: rig.generation });
  const overridden = events.filter(({ type }) => type === 'freeze_overridden');
  expect(overridden).toEqual([
    expect.objectContaining({
      by: 'ann',
      reason: expect.stringMatching(
        /^the site is down \(outside its deployment windows: .*; frozen by belay.yaml .*: Christmas\)$/,
      ),
    }),
    expect.objectContaining({ by: 'ann', reason: expect.stringMatching(/^the site is down \(bob froze .*: audit\)$/) }),
  ]);
});

it('is open within a window, unless it is frozen', async () => {
  const rig = await began({ spec: { windows: [windowIn(-1, 2)] } });
  expect(await read(rig)).toEqual({});
  await freeze(scopeOf(rig));
  expect(await read(rig)).toMatchObject({ closed: { until: null, reason: expect.stringMatching(/^bob froze/) } });
});

it('says both where both hold, and waits for the later', async () => {
  const rig = await began({ spec: { windows: [windowIn(2, 4)] } });
  await freeze(scopeOf(rig), HOUR_MS);
  const { closed } = await read(rig);
  expect(closed?.reason).toMatch(/^outside its deployment windows: .*; bob froze test/);
  expect((closed?.until ?? 0) - Date.now()).toBeGreaterThan(1.5 * HOUR_MS);
});

it('never closes a way back', async () => {
  const members = [{ ordinal: 0, name: 'a', labels: {}, target: { health: 1 as const } }];
  const rig = await began({
    members,
    request: { kind: 'rollback' },
    spec: { windows: [windowIn(2, 4)] },
    freezes: [planned()],
  });
  await freeze(scopeOf(rig));
  expect(await read(rig)).toEqual({});
});
