import { Belay } from '../../support/belay';
import { served } from '../../support/upstream';
import { FOUR, NEW, OLD, SHARED, Site } from './site';

/** A canary behind a pair of real HAProxys, which are started again and are away in the middle of it, under load. */
const STEPS =
  '[{ type: update, percent: 50 }, { type: traffic, weight: 10 }, { type: approve }, { type: traffic, weight: 50 }, { type: approve }, { type: traffic, weight: 100 }]';
const STRATEGY = `{ type: canary, batch_size: 50%, sticky: { type: cookie, name: uid }, steps: ${STEPS} }`;
const USERS = Array.from({ length: 2_000 }, (_, i) => `user-${i}`);
const MIDWAY = { stable: ['web-03', 'web-04'], canary: ['web-01', 'web-02'] };

let belay: Belay;
let site: Site;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
  site = await Site.open(belay, { service: 'shop', instances: FOUR, backends: SHARED, strategy: STRATEGY, routers: 2 });
});
afterAll(async () => {
  await site?.close();
  await belay.shut();
});

it('goes through with both, whatever becomes of one of them', async () => {
  const [left, right] = site.routers as [Site['router'], Site['router']];
  const { id } = await site.deploy(site.text(NEW));
  await site.awaiting(id);
  expect(await site.entries()).toEqual(['10', '10']);

  // Reloaded it has the split from the map's file, and everybody in stable; the deployment notices.
  await left.restart('gracefully');
  await site.untilServing(left, MIDWAY);
  await site.more(200);
  expect(await site.entries()).toEqual(['10', '10']);
  await expectShare(10);

  // Away while requests are shifted: nothing counts until it is back and has the split, too.
  await site.loads[1]!.end();
  await right.stop();
  await site.say(id, 'approve');
  await untilEntry(left, '50');
  expect((await belay.until(id, () => true)).traffic_percent).toBe(10);
  await right.restart('at_once');
  expect(await site.until(id, 50)).toMatchObject({ failures: [], violations: [] });
  await site.untilServing(right, MIDWAY);
  site.load(right);
  await expectShare(50);
  expect(await served(left.port, USERS).then(sides)).toEqual(await served(right.port, USERS).then(sides));

  // Reloaded while an instance is being changed, which is out of service again before long.
  const goOn = site.fleet.hold();
  await site.awaiting(id);
  await site.say(id, 'approve');
  await site.until(id, 100);
  const changing = { stable: [], canary: MIDWAY.canary };
  await site.untilServing(left, changing);
  await left.restart('gracefully');
  await site.untilServing(left, changing);
  goOn();
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 4 } });
  await site.more(200);
  expect(site.failures).toEqual([]);
  expect(site.fleet.disturbed).toBe(0);
  expect(await site.entries()).toEqual(['0', '0']);
  for (const router of site.routers) {
    expect(await site.serving('stable', router)).toEqual(Object.keys(FOUR));
    expect(await site.serving('canary', router)).toEqual([]);
  }
});

/** Which release each user is served by. */
function sides(answers: Map<string, string>): Record<string, string> {
  return Object.fromEntries([...answers].map(([user, from]) => [user, from.split(' ')[1] ?? '']));
}

async function expectShare(weight: number): Promise<void> {
  for (const { port } of site.routers) {
    const answers = Object.values(sides(await served(port, USERS)));
    expect(new Set(answers)).toEqual(new Set([OLD, NEW]));
    const share = (100 * answers.filter((version) => version === NEW).length) / USERS.length;
    expect(Math.abs(share - weight)).toBeLessThanOrEqual(3);
  }
}

async function untilEntry(router: Site['router'], value: string): Promise<void> {
  while (!(await router.ask(`show map ${router.map}`)).includes(`${site.place.service} ${value}`)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
