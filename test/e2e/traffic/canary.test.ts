import { Belay } from '../../support/belay';
import { get, served } from '../../support/upstream';
import { FOUR, NEW, OLD, SHARED, Site } from './site';

/** A canary of real services behind a real HAProxy, under load, step by step, and the one after it. */
const WEIGHTS = [10, 25, 50, 75, 100];
const USERS = Array.from({ length: 2_000 }, (_, i) => `user-${i}`);
const NEXT = '1.2.0';
const STEPS = WEIGHTS.map(
  (weight) => `{ type: traffic, weight: ${weight} }, { type: analyze, for: 600ms }, { type: approve }`,
).join(', ');
const STRATEGY = `{ type: canary, batch_size: 1, sticky: { type: cookie, name: uid }, match: [{ type: header, name: x-canary, value: "1" }], steps: [{ type: update, percent: 10 }, { type: approve }, ${STEPS}] }`;

let belay: Belay;
let site: Site;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
  site = await Site.open(belay, { service: 'web', instances: FOUR, backends: SHARED, strategy: STRATEGY });
});
afterAll(async () => {
  await site.close();
  await belay.shut();
});

/** Who of the users is served by a release. */
async function usersOf(release: string): Promise<Set<string>> {
  const answers = await served(site.router.port, USERS);
  return new Set(USERS.filter((user) => answers.get(user)?.endsWith(` ${release}`)));
}

async function fromWhom(headers: Record<string, string>): Promise<string> {
  return (await get(site.router.port, { headers })).from.split(' ')[1] ?? '';
}

it('gives each step its share of the users and keeps them, without one failed request', async () => {
  const { id } = await site.deploy(site.text(NEW));
  await site.awaiting(id);
  // Nobody but testers has the release yet.
  expect(await site.entries()).toEqual(['0']);
  expect(await fromWhom({ 'x-canary': '1', cookie: 'uid=ann' })).toBe(NEW);
  expect(await fromWhom({ 'x-canary': '2', cookie: 'uid=ann' })).toBe(OLD);
  expect((await usersOf(NEW)).size).toBe(0);

  let before = new Set<string>();
  for (const weight of WEIGHTS) {
    await site.say(id, 'approve');
    await site.until(id, weight);
    await site.awaiting(id);
    const now = await usersOf(NEW);
    const share = (100 * now.size) / USERS.length;
    console.log(`asked for ${weight}%: ${share.toFixed(1)}% of ${USERS.length} users are served by the release`);
    expect(Math.abs(share - weight)).toBeLessThanOrEqual(3);
    expect([...before].filter((user) => !now.has(user))).toEqual([]);
    before = now;
  }
  await site.say(id, 'approve');
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 4 }, traffic_percent: 100 });
  await site.more(200);
  expect(site.failures).toEqual([]);
  expect(site.fleet.disturbed).toBe(0);
  expect(site.fleet.versions).toEqual([NEW, NEW, NEW, NEW]);
  // The release is what is stable now, and the canary is empty.
  expect(await site.entries()).toEqual(['0']);
  expect(await site.serving('stable')).toEqual(Object.keys(FOUR));
  expect(await site.serving('canary')).toEqual([]);
});

it('does the same again with the next release', async () => {
  const strategy = '{ type: canary, batch_size: 50%, sticky: { type: cookie, name: uid } }';
  const { id } = await site.deploy(site.text(NEXT, { strategy }));
  const seen: number[] = [];
  await belay.until(id, ({ status, traffic_percent }) => {
    if (traffic_percent !== null && seen.at(-1) !== traffic_percent) seen.push(traffic_percent);
    return status === 'succeeded';
  });
  expect(seen).toEqual(expect.arrayContaining([25, 50, 75, 100]));
  await site.more(200);
  expect(site.failures).toEqual([]);
  expect(site.fleet.disturbed).toBe(0);
  expect(site.fleet.versions).toEqual([NEXT, NEXT, NEXT, NEXT]);
  expect(await site.serving('stable')).toEqual(Object.keys(FOUR));
  expect(await site.serving('canary')).toEqual([]);
});
