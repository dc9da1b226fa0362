import type { Routing } from '../../../src/domain/traffic';
import { encoded } from '../../../src/drivers/traffic/haproxy/map';
import { haproxyLines } from '../../../src/drivers/traffic/haproxy/lines';
import { get, served } from '../../support/upstream';
import { BY_USER, driverOf, instance, NEVER, NOWHERE, specOf, trafficStand } from './fixtures';

/** Lines that a real HAProxy takes, of services that share one frontend or none. */
const stand = trafficStand();
const WEB = { environment: 'production', service: 'web' };
const ODD = { environment: 'pre-prod', service: 'web.api_2' };
const BACKENDS = { stable: 'web_stable', canary: 'web_canary' };

async function behind(name: string, routing: Routing, place = WEB) {
  const [stable, canary] = await stand.upstreams('stable', 'canary');
  const map = `${stand.folder.path}/${name}.map`;
  const haproxy = await stand.haproxy(
    name,
    {
      lines: haproxyLines({ map, backends: BACKENDS }, 'canary', routing, place),
      backends: {
        web_stable: [{ name: 'stable', port: stable!.port }],
        web_canary: [{ name: 'canary', port: canary!.port }],
      },
    },
    map,
  );
  const driver = driverOf(specOf(BACKENDS, [haproxy]), place);
  await driver.admit(instance(canary!), ['canary'], NEVER);
  return { haproxy, driver };
}

it('shares requests, where nobody is to stay on a side', async () => {
  const { haproxy, driver } = await behind('random', NOWHERE);
  await driver.shift({ stable: 70, canary: 30 }, NOWHERE, NEVER);
  const answers = await served(
    haproxy.port,
    Array.from({ length: 2_000 }, (_, i) => String(i)),
  );
  const canary = [...answers.values()].filter((from) => from === 'canary').length;
  // A standard deviation is 1 point here.
  expect(Math.abs(canary / 20 - 30)).toBeLessThan(4);
});

it('keeps whoever a header tells on a side, and gives no cookies', async () => {
  const routing: Routing = { match: [], sticky: { kind: 'header', name: 'X-Api-Key' } };
  const { haproxy, driver } = await behind('header', routing);
  await driver.shift({ stable: 50, canary: 50 }, routing, NEVER);
  const sides = new Set<string>();
  for (const key of Array.from({ length: 20 }, (_, i) => `key-${i}`)) {
    const answers = await Promise.all([1, 2, 3].map(() => get(haproxy.port, { headers: { 'x-api-key': key } })));
    expect(new Set(answers.map(({ from }) => from)).size).toBe(1);
    expect(answers[0]?.headers['set-cookie']).toBeUndefined();
    sides.add(answers[0]?.from ?? '');
  }
  expect(sides).toEqual(new Set(['stable', 'canary']));
});

it('takes any name of an environment and a service, and testers of odd names and values', async () => {
  const odd = `a b;c/é,!'()*~_-.%+"\\`;
  const values: Routing = {
    ...BY_USER,
    match: [
      { kind: 'header', name: 'X-Odd%1', value: 'x' },
      { kind: 'cookie', name: 'T|x', value: '7' },
      { kind: 'header', name: 'x-any', value: odd },
    ],
  };
  const { haproxy, driver } = await behind('odd', values, ODD);
  await driver.shift({ stable: 100, canary: 0 }, values, NEVER);
  const from = async (headers: Record<string, string>) => (await get(haproxy.port, { headers })).from;
  expect(await from({ 'x-odd%1': 'x' })).toBe('canary');
  expect(await from({ cookie: 'T|x=7' })).toBe('canary');
  // As a client sends UTF-8.
  expect(await from({ 'x-any': Buffer.from(odd).toString('latin1') })).toBe('canary');
  expect(await from({ 'x-any': 'a b' })).toBe('stable');
  expect(await driver.read(NEVER)).toEqual({ stable: 100, canary: 0 });
});

it('does two services in one frontend, by the condition of each', async () => {
  const [webOld, webNew, apiOld, apiNew] = await stand.upstreams('web-old', 'web-new', 'api-old', 'api-new');
  const map = `${stand.folder.path}/two.map`;
  const api = { environment: 'production', service: 'api' };
  const apiBackends = { stable: 'api_stable', canary: 'api_canary' };
  const web = haproxyLines({ map, backends: BACKENDS }, 'canary', BY_USER, WEB);
  const lines = haproxyLines({ map, backends: apiBackends }, 'canary', BY_USER, api)
    .replace(/use_backend (.*) if /, 'use_backend $1 if { path_beg /api } ')
    .replace('default_backend api_stable', 'use_backend api_stable if { path_beg /api }');
  const haproxy = await stand.haproxy(
    'two',
    {
      lines: `${lines}${web}`,
      backends: {
        web_stable: [{ name: 'web-old', port: webOld!.port }],
        web_canary: [{ name: 'web-new', port: webNew!.port }],
        api_stable: [{ name: 'api-old', port: apiOld!.port }],
        api_canary: [{ name: 'api-new', port: apiNew!.port }],
      },
    },
    map,
  );
  await driverOf(specOf(BACKENDS, [haproxy])).shift({ stable: 0, canary: 100 }, BY_USER, NEVER);
  await driverOf(specOf(apiBackends, [haproxy]), api).shift({ stable: 100, canary: 0 }, BY_USER, NEVER);
  const one = await get(haproxy.port, { path: '/' });
  expect(one.from).toBe('web-new');
  expect(one.headers['set-cookie']).toHaveLength(1);
  expect((await get(haproxy.port, { path: '/api/1' })).from).toBe('api-old');
});

it.each([
  ['a b', 'a%20b'],
  ["!'()*", '%21%27%28%29%2A'],
  ['-._~', '-._~'],
  ['é/', '%C3%A9%2F'],
])('encodes %s as HAProxy does', (text, code) => {
  expect(encoded(text)).toBe(code);
});

it('reads no map for a deployment that shifts nothing', () => {
  expect(haproxyLines({ map: '/m', backends: BACKENDS }, 'rolling', NOWHERE, WEB)).toBe(
    '    # production/web: all requests.\n    default_backend web_stable\n',
  );
});
