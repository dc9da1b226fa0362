import { parseDeploymentName } from '../../src/control/name';
import type { PlannedFreeze } from '../../src/domain/calendar/planned-freeze';
import { MINUTE_MS, wallAt } from '../../src/domain/calendar/wall';
import { DAYS, type DeploymentWindow } from '../../src/domain/calendar/window';
import type { DeploymentSpec, StatusDocument } from '../../src/domain';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

/** Deployments that wait for a window or for the end of a freeze, on a real server and database. */

const folder = temporaryFolder();
/** As the belay.yaml of the worker says; tests add to it. */
const freezes: PlannedFreeze[] = [];
let belay: Belay;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work({ freezes });
});
afterAll(() => belay.shut());

const start = (name = uniqueService(), spec: Partial<DeploymentSpec> = {}, overrideFreeze?: string) =>
  belay.control.start({
    ...simulatedOrder(folder.path, name, ['a', 'b'], spec),
    ...(overrideFreeze === undefined ? {} : { overrideFreeze }),
  });
const waits = ({ awaiting }: StatusDocument) => awaiting?.kind === 'window';
const eventsOf = async (id: string) => (await belay.control.show(parseDeploymentName(id))).events;

/** Of every day, between two minutes from now. */
function windowIn(from: number, to: number): DeploymentWindow {
  const at = (minutes: number) => wallAt(Date.now() + minutes * MINUTE_MS, 'UTC').minute;
  return { days: [...DAYS], from: at(from), to: at(to), timeZone: 'UTC' };
}

/** What belay.yaml freezes of a service from now on. */
function planned({ environment, service }: { environment: string; service: string }, ms: number): PlannedFreeze {
  const when = { kind: 'between' as const, from: Date.now() - 1_000, until: Date.now() + ms };
  return { environment, services: [service], reason: 'Christmas', when };
}

it('waits before its first touch until a window opens, and between batches while it is frozen; time stands still', async () => {
  // Each look is a minute after the one before: both wait at once.
  const slow: Partial<DeploymentSpec> = {
    timeouts: { instanceMs: 60_000, healthMs: 30_000, deploymentMs: 15_000 },
  };
  const outside = await start(uniqueService(), { ...slow, windows: [windowIn(1.4, 600)] });
  const held = uniqueService();
  const frozen = await start(held, { ...slow, approvals: [{ beforeBatch: 2, onTimeout: 'pause' }] });
  await belay.until(frozen.id, ({ status }) => status === 'awaiting_approval');
  await belay.control.freeze({ scope: held, by: 'bob@there', reason: 'audit', replace: false });
  await belay.control.message(held, 'approve', {});

  const waiting = await belay.until(outside.id, waits);
  expect(waiting).toMatchObject({
    status: 'running',
    counts: { pending: 2 },
    step: { summary: expect.stringMatching(/^outside its deployment windows: .*; the next opens .* UTC$/) },
    awaiting: { kind: 'window', until: expect.any(String) },
  });
  expect(await belay.until(frozen.id, waits)).toMatchObject({
    counts: { succeeded: 1, pending: 1 },
    step: { summary: expect.stringMatching(/^bob@there froze .* until it is lifted: audit$/) },
  });
  await expect(belay.control.message(held, 'promote', {})).rejects.toThrow(
    'it may not go forward now (bob@there froze',
  );
  await belay.control.unfreeze(held, { actor: 'bob@there' });

  for (const { id } of [outside, frozen]) {
    expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 2 } });
    const types = (await eventsOf(id)).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['waits_for_calendar', 'goes_on']));
  }
});

it('waits for the end of what belay.yaml freezes, and says until when and why', async () => {
  const name = uniqueService();
  freezes.push(planned(name, 6_000));
  const { id } = await start(name);
  const document = await belay.until(id, waits);
  expect(document).toMatchObject({
    counts: { pending: 2 },
    step: { summary: expect.stringMatching(/^frozen by belay.yaml until .* UTC: Christmas$/) },
  });
  expect(Date.parse(document.awaiting!.until!)).toBe((freezes.at(-1)!.when as { until: number }).until);
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
});

it('goes past windows and belay.yaml for a reason, which is in the event log', async () => {
  const name = uniqueService();
  freezes.push(planned(name, 60 * MINUTE_MS));
  const { id } = await start(name, { windows: [windowIn(120, 240)] }, 'the site is down');
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
  expect(await eventsOf(id)).toContainEqual(
    expect.objectContaining({
      type: 'freeze_overridden',
      by: 'ann@here',
      reason: expect.stringMatching(
        /^the site is down \(outside its deployment windows: .*; frozen by belay.yaml .*\)$/,
      ),
    }),
  );
});

it('goes back at any time: one in flight, and one that has ended', async () => {
  const name = uniqueService();
  const one = await start(name);
  await belay.ended(one.id);
  freezes.push(planned(name, 60 * MINUTE_MS));
  const back = await belay.control.rollback(name, { actor: 'bob@there' });
  if (back.kind !== 'started') throw new Error(back.kind);
  expect(await belay.ended(back.started.id)).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 2 } });

  const two = await start(name, { windows: [windowIn(120, 240)] });
  await belay.until(two.id, waits);
  await belay.control.rollback(name, { actor: 'bob@there' });
  expect(await belay.ended(two.id)).toMatchObject({ status: 'rolled_back', counts: { pending: 2 } });
});
