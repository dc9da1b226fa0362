import { Belay } from '../../support/belay';
import { BLUE_GREEN, NEW, OLD, Site, SLOTS, SLOW_MS } from './site';

/** Two groups of real services behind a real HAProxy, under load: each test goes on where the one before it ended. */
const STRATEGY = '{ type: blue_green, watch_after_switch: 1s, keep_for: 10m }';
const BLUE = ['web-01', 'web-02'];
const GREEN = ['web-03', 'web-04'];

let belay: Belay;
let site: Site;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
  site = await Site.open(belay, { instances: SLOTS, backends: BLUE_GREEN, strategy: STRATEGY });
});
afterAll(async () => {
  await site?.close();
  await belay.shut();
});

/** That group has all requests, and none ever failed. */
async function expectLive(group: 'blue' | 'green'): Promise<void> {
  expect(await site.entries()).toEqual([`web_${group}`]);
  expect(await site.serving('blue')).toEqual(BLUE);
  expect(await site.serving('green')).toEqual(GREEN);
  const other = group === 'blue' ? GREEN : BLUE;
  const requests = () => other.map((name) => site.fleet.named(name).requests);
  const before = requests();
  await site.more(200);
  expect(requests()).toEqual(before);
  expect(site.failures).toEqual([]);
  expect(site.fleet.disturbed).toBe(0);
}

/** The release of each instance, one after another, as its update commands brought them. */
function ledgers(): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(site.fleet.ledgers).map(([name, entries]) => [name, entries.map(({ code }) => code)]),
  );
}

function brought(blue: string[], green: string[]): Record<string, string[]> {
  return Object.fromEntries([...BLUE.map((name) => [name, blue]), ...GREEN.map((name) => [name, green])]);
}

/** Waits until the group that served before is only kept. */
function kept(id: string) {
  return belay.until(id, ({ step }) => step.summary.startsWith('keeps the group'));
}

it('switches to the idle group, keeps the other as it was, and ends when it is promoted', async () => {
  const { id } = await site.deploy(site.text(NEW));
  expect(await kept(id)).toMatchObject({ traffic_percent: 100 });
  await expectLive('green');
  expect(ledgers()).toEqual(brought([], [NEW]));
  await site.say(id, 'promote');
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 2 } });
  await expectLive('green');
  expect(site.fleet.versions).toEqual([OLD, OLD, NEW, NEW]);
});

it('goes the other way the next time', async () => {
  const { id } = await site.deploy(site.text('1.2.0', { strategy: STRATEGY.replace('10m', '1s') }));
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
  await expectLive('blue');
  expect(ledgers()).toEqual(brought(['1.2.0'], [NEW]));
});

it('switches back by itself when the release gets slow after the switch', async () => {
  const { id } = await site.deploy(site.text('1.3.0'));
  await site.until(id, 100);
  site.fleet.slow('1.3.0', SLOW_MS);
  expect(await belay.ended(id)).toMatchObject({
    status: 'rolled_back',
    traffic_percent: 0,
    reason: expect.stringContaining('above 250 ms'),
  });
  await expectLive('blue');
  // Neither group was touched for that.
  expect(ledgers()).toEqual(brought(['1.2.0'], [NEW, '1.3.0']));
});

it('switches back by the verb while the other group is kept', async () => {
  const { id } = await site.deploy(site.text('1.4.0'));
  await kept(id);
  await expectLive('green');
  expect(await site.rollBack(id)).toBe(id);
  expect(await belay.ended(id)).toMatchObject({ status: 'rolled_back', traffic_percent: 0 });
  await expectLive('blue');
  expect(ledgers()).toEqual(brought(['1.2.0'], [NEW, '1.3.0', '1.4.0']));
});

it('switches back what has ended, by a deployment of its own that touches no instance', async () => {
  const { id } = await site.deploy(site.text('1.5.0', { strategy: STRATEGY.replace('10m', '1s') }));
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
  await expectLive('green');
  const first = (await belay.control.history(site.place)).at(-1)!;
  await expect(belay.control.rollback(site.place, { actor: 'ann@here', to: first.generation })).rejects.toThrow(
    'web-01, web-02 of blue ran something else then, and a rollback of blue-green only switches requests; deploy the release that is wanted',
  );
  const undone = await site.rollBack(id);
  expect(undone).not.toBe(id);
  expect(await belay.ended(undone)).toMatchObject({ status: 'rolled_back', traffic_percent: 0 });
  await expectLive('blue');
  expect(ledgers()).toEqual(brought(['1.2.0'], [NEW, '1.3.0', '1.4.0', '1.5.0']));
  // There is nothing to switch back any more.
  await expect(site.rollBack(undone)).rejects.toThrow(/rolled back already/);
});

it('takes the idle group again after that, and leaves all as it is when that is aborted before the switch', async () => {
  const { id } = await site.deploy(
    site.text('1.6.0', { strategy: STRATEGY.replace(' }', ', validate: [{ type: approve }] }') }),
  );
  await site.awaiting(id);
  await expectLive('blue');
  expect(ledgers()).toEqual(brought(['1.2.0'], [NEW, '1.3.0', '1.4.0', '1.5.0', '1.6.0']));
  await site.say(id, 'abort');
  expect(await belay.ended(id)).toMatchObject({ status: 'aborted', traffic_percent: null });
  const undone = await site.rollBack(id);
  expect(await belay.ended(undone)).toMatchObject({ status: 'rolled_back' });
  await expectLive('blue');
  expect(ledgers()).toEqual(brought(['1.2.0'], [NEW, '1.3.0', '1.4.0', '1.5.0', '1.6.0', '1.5.0']));
});
