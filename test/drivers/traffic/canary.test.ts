import { readFileSync } from 'node:fs';
import type { Routing } from '../../../src/domain/traffic';
import type { HaproxyDriver } from '../../../src/drivers/traffic/haproxy/driver';
import { haproxyLines } from '../../../src/drivers/traffic/haproxy/lines';
import type { Haproxy } from '../../support/haproxy';
import { get, Load, served, type Upstream } from '../../support/upstream';
import { BY_USER, driverOf, faultOf, instance, NEVER, NOWHERE, PLACE, specOf, trafficStand, needOf } from './fixtures';

/** A canary behind a real HAProxy: web-01 and web-02 run what ran before, web-03 the release. */
const BACKENDS = { stable: 'web_stable', canary: 'web_canary' };
const TESTERS: Routing = {
  ...BY_USER,
  match: [
    { kind: 'header', name: 'X-Canary', value: 'yes; (really)' },
    { kind: 'cookie', name: 'tester', value: '1' },
  ],
};
const stand = trafficStand();
let upstreams: Upstream[];
let haproxy: Haproxy;
let driver: HaproxyDriver;

beforeAll(async () => {
  upstreams = await stand.upstreams('web-01', 'web-02', 'web-03');
  const map = `${stand.folder.path}/belay.map`;
  haproxy = await stand.haproxy(
    'edge',
    {
      map: '# of Belay\nstaging/other 50\n',
      lines: haproxyLines({ map, backends: BACKENDS }, 'canary', TESTERS, PLACE),
      backends: {
        web_stable: upstreams.map(({ name, port }) => ({ name, port, options: 'check inter 100ms' })),
        web_canary: upstreams.map(({ name, port }) => ({ name, port, options: 'check inter 100ms disabled' })),
      },
    },
    map,
  );
  driver = driverOf(specOf(BACKENDS, [haproxy]));
});

/** What runs the release is the canary's, the rest is stable. */
async function establish(weight: number, routing: Routing = TESTERS): Promise<void> {
  for (const each of upstreams) {
    await driver.admit(instance(each), [each.name === 'web-03' ? 'canary' : 'stable'], NEVER);
  }
  await driver.shift({ stable: 100 - weight, canary: weight }, routing, NEVER);
}

it('can serve it, and sends all requests to stable while nothing was said', async () => {
  const need = needOf(['stable', 'canary'], upstreams.map(instance), TESTERS);
  expect(await driver.refusal(need, NEVER)).toBeUndefined();
  expect(await driver.read(NEVER)).toEqual({ stable: 100, canary: 0 });
});

it('sends a share of users to the canary, and none of them back as it grows', async () => {
  const users = Array.from({ length: 2_000 }, (_, i) => `user-${i}`);
  let before = new Set<string>();
  for (const weight of [10, 25, 50, 75, 100]) {
    await establish(weight);
    expect(await driver.read(NEVER)).toEqual({ stable: 100 - weight, canary: weight });
    const answers = await served(haproxy.port, users);
    const now = new Set(users.filter((user) => answers.get(user) === 'web-03'));
    const share = (100 * now.size) / users.length;
    expect(Math.abs(share - weight)).toBeLessThanOrEqual(3);
    expect([...before].filter((user) => !now.has(user))).toEqual([]);
    before = now;
  }
});

it('sends testers there before anybody else, and nobody who says something near it', async () => {
  await establish(0);
  const from = async (headers: Record<string, string>) => (await get(haproxy.port, { headers })).from;
  expect(await from({ 'x-canary': 'yes; (really)' })).toBe('web-03');
  expect(await from({ cookie: 'a=b; tester=1' })).toBe('web-03');
  expect(await from({ 'x-canary': 'yes; (really)', cookie: 'tester=2' })).toBe('web-03');
  for (const headers of [{}, { 'x-canary': 'yes' }, { 'x-canary': '' }, { cookie: 'tester=11' }, { 'x-canary': '1' }]) {
    expect(await from(headers as Record<string, string>)).not.toBe('web-03');
  }
  await driver.shift({ stable: 100, canary: 0 }, BY_USER, NEVER);
  expect(await from({ 'x-canary': 'yes; (really)' })).not.toBe('web-03');
  expect(await haproxy.ask(`show map ${haproxy.map}`)).not.toContain('tester');
});

it('gives a cookie to whoever says nothing of themselves, who then stays', async () => {
  await establish(50);
  for (let i = 0; i < 20; i++) {
    const first = await get(haproxy.port);
    const [cookie = ''] = (first.headers['set-cookie'] as string[] | undefined) ?? [];
    expect(cookie).toMatch(/^belay_user=[0-9a-f-]{36}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    const [mine = ''] = cookie.split(';');
    for (let again = 0; again < 4; again++) {
      const { from, headers } = await get(haproxy.port, { headers: { cookie: mine } });
      expect(from === 'web-03').toBe(first.from === 'web-03');
      expect(headers['set-cookie']).toBeUndefined();
    }
  }
  expect((await get(haproxy.port, { headers: { cookie: 'uid=7' } })).headers['set-cookie']).toBeUndefined();
});

it('keeps the split in the map’s file, beside what others have there', async () => {
  await establish(25);
  const lines = readFileSync(haproxy.map, 'utf8').split('\n');
  expect(lines).toEqual(expect.arrayContaining(['# of Belay', 'staging/other 50', 'production/web 25']));
  expect(lines).toContain('production/web/header/x-canary/yes%3B%20%28really%29 web_canary');
});

it('loses no entry of the file when services shift at the same time', async () => {
  const services = ['web', 'api', 'shop', 'mail'];
  const shifted = async (service: string) => {
    const own = driverOf(specOf(BACKENDS, [haproxy]), { ...PLACE, service });
    for (const weight of [1, 2, 3, 4, 5]) await own.shift({ stable: 100 - weight, canary: weight }, NOWHERE, NEVER);
  };
  await Promise.all(services.map(shifted));
  const lines = readFileSync(haproxy.map, 'utf8').split('\n');
  expect(lines).toEqual(expect.arrayContaining(services.map((service) => `production/${service} 5`)));
});

it('fails no request while shares, instances and HAProxy itself change', async () => {
  await establish(0);
  const load = new Load(haproxy.port);
  await load.more(50);
  await establish(50);
  await load.more(100);
  await driver.drain(instance(upstreams[0]!), NEVER);
  const drained = upstreams[0]!.requests;
  await load.more(100);
  expect(upstreams[0]!.requests).toBe(drained);
  await driver.admit(instance(upstreams[0]!), ['stable'], NEVER);
  await load.more(100);
  await haproxy.restart('gracefully');
  await load.more(100);
  expect(await faultOf(driver.read(NEVER))).toMatch(
    /edge\.sock: it was started again, and knows no more which instances/,
  );
  await establish(50);
  expect(await driver.read(NEVER)).toEqual({ stable: 50, canary: 50 });
  const canary = upstreams[2]!.requests;
  await load.more(200);
  expect(upstreams[2]!.requests - canary).toBeGreaterThan(50);
  await driver.shift({ stable: 100, canary: 0 }, NOWHERE, NEVER);
  await driver.drain(instance(upstreams[2]!), NEVER);
  await load.more(50);
  await load.end();
  expect(load.failures).toEqual([]);
});

it('says that HAProxy was started again only to whoever told the one before, and sets up the next', async () => {
  await establish(75);
  await haproxy.restart('at_once');
  // The map's file brought the split back, for whoever asks for the first time.
  expect(await driverOf(specOf(BACKENDS, [haproxy])).read(NEVER)).toEqual({ stable: 25, canary: 75 });
  // In its configuration nobody is in the canary: its users are served by stable.
  const users = Array.from({ length: 50 }, (_, i) => `user-${i}`);
  expect((await served(haproxy.port, users)).size).toBe(users.length);
  expect(await faultOf(driver.read(NEVER))).toContain('it was started again');
  await establish(75);
  expect(await driver.read(NEVER)).toEqual({ stable: 25, canary: 75 });
});
