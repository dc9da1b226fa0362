import { haproxyLines } from '../../../src/drivers/traffic/haproxy/lines';
import type { Haproxy } from '../../support/haproxy';
import type { Upstream } from '../../support/upstream';
import type { Routing } from '../../../src/domain/traffic';
import type { RoutedInstance } from '../../../src/drivers/traffic/driver';
import { BY_USER, driverOf, faultOf, instance, NEVER, NOWHERE, PLACE, specOf, trafficStand, whyNot } from './fixtures';

/** What is found out before anything is touched. */
const BACKENDS = { stable: 'web_stable', canary: 'web_canary' };
const GROUPS = ['stable', 'canary'];
const SLOTS = { blue: 'shop_blue', green: 'shop_green' };

interface Needed {
  groups?: string[];
  /** The groups that an instance is of. */
  of?: (name: string) => string[];
  instances?: RoutedInstance[];
  routing?: Routing;
}
const stand = trafficStand();
let upstreams: Upstream[];
let haproxy: Haproxy;

beforeAll(async () => {
  upstreams = await stand.upstreams('web-01', 'web-02');
  const map = `${stand.folder.path}/belay.map`;
  const servers = upstreams.map(({ name, port }) => ({ name, port }));
  haproxy = await stand.haproxy(
    'edge',
    {
      lines: haproxyLines({ map, backends: BACKENDS }, 'canary', BY_USER, PLACE),
      backends: {
        web_stable: servers,
        web_canary: servers.slice(0, 1),
        web_blue: servers,
        shop_blue: servers.slice(0, 1),
        shop_green: servers.slice(1),
      },
    },
    map,
  );
});

const one = () => [instance(upstreams[0]!)];
const need = ({ groups = GROUPS, of = () => groups, instances = one(), ...changes }: Needed = {}) => ({
  groups,
  instances: instances.map((each) => ({ ...each, groups: of(each.name) })),
  routing: BY_USER,
  ...changes,
});
const refusal = (changes: Needed = {}, spec = {}) => whyNot(driverOf(specOf(BACKENDS, [haproxy], spec)), need(changes));

it('finds nothing wrong with what is right', async () => {
  expect(await refusal()).toBeUndefined();
});

it.each<[string, () => Promise<string | undefined>, string]>([
  [
    'a backend that HAProxy lacks',
    () => refusal({}, { backends: { ...BACKENDS, canary: 'web_cannary' } }),
    'it has no backend web_cannary; correct traffic.backends, or its configuration',
  ],
  [
    'a group without a backend',
    () => refusal({ groups: ['blue', 'green'] }),
    'traffic.backends has none for blue. traffic.backends has none for green.',
  ],
  [
    'a server that a backend lacks',
    () => refusal({ instances: upstreams.map(instance) }),
    'web-02 is no server in web_canary: none has that name or address',
  ],
  [
    'many servers',
    () => refusal({ instances: Array.from({ length: 7 }, (_, i) => ({ name: `x-${i}`, labels: {} })) }),
    'x-0, x-1, x-2, x-3, x-4, and 2 more are no servers in web_stable: none has that name or address; x-0,',
  ],
  [
    'a map that HAProxy lacks',
    () => refusal({}, { map: '/etc/other.map' }),
    'its configuration uses no map /etc/other.map. Put the lines of `belay traffic lines` into its frontend.',
  ],
  [
    'testers without a value',
    () => refusal({ routing: { match: [{ kind: 'header', name: 'x-canary', value: '' }] } }),
    'strategy.match: x-canary has no value.',
  ],
  [
    'a HAProxy that is not there',
    () => refusal({}, { endpoints: ['unix:/nowhere/admin.sock'] }),
    'unreached: HAProxy at unix:/nowhere/admin.sock: there is no such socket. Start HAProxy',
  ],
  [
    'a HAProxy that nothing listens for',
    () => refusal({}, { endpoints: ['127.0.0.1:1'] }),
    'unreached: HAProxy at 127.0.0.1:1: nothing listens there.',
  ],
  [
    'an endpoint that is no Runtime API',
    () => refusal({}, { endpoints: [`127.0.0.1:${upstreams[0]!.port}`] }),
    'is that its Runtime API?',
  ],
])('refuses %s in words', async (_, refused, words) => {
  expect(await refused()).toContain(words);
});

describe('the groups of blue-green', () => {
  const slots = (of: Record<string, string>, backends = SLOTS) => {
    const instances = Object.keys(of).map((name) => instance(upstreams.find((each) => each.name === name)!));
    return refusal({ groups: ['blue', 'green'], of: (name) => [of[name]!], instances }, { backends });
  };
  const RIGHT = { 'web-01': 'blue', 'web-02': 'green' };

  it('fit where each instance is in the backend of its own', async () => {
    expect(await slots(RIGHT)).toBeUndefined();
  });

  it.each<[string, () => Promise<string | undefined>, string]>([
    [
      'the backends are swapped',
      () => slots(RIGHT, { blue: 'shop_green', green: 'shop_blue' }),
      'web-02 of green is a server in shop_green, the backend of blue: who serves would be changed; correct traffic.backends, or what tells the group of an instance; web-01 of blue is a server in shop_blue, the backend of green:',
    ],
    [
      'the instances are swapped',
      () => slots({ 'web-01': 'green', 'web-02': 'blue' }),
      'web-01 of green is a server in shop_blue, the backend of blue:',
    ],
    [
      'one instance is labelled otherwise',
      () => slots({ 'web-01': 'blue', 'web-02': 'blue' }),
      'web-02 of blue is a server in shop_green, the backend of green:',
    ],
    [
      'an instance is in both',
      () => slots(RIGHT, { blue: 'web_blue', green: 'shop_green' }),
      'web-02 of green is a server in web_blue, the backend of blue:',
    ],
    [
      'they are one backend',
      () => slots(RIGHT, { blue: 'web_blue', green: 'web_blue' }),
      'web-02 of green is a server in web_blue, the backend of blue:',
    ],
  ])('do not where %s', async (_, refused, words) => {
    expect(await refused()).toContain(words);
  });
});

describe.each([
  ['production/web', 'web_purple', 'its entry production/web is web_purple, and should be 0 to 100.'],
  ['production/web', '120', 'its entry production/web is 120, and should be 0 to 100.'],
  [
    'production/web/header/x-canary/1',
    'web_purple',
    'its entry production/web/header/x-canary/1 names the backend web_purple, which is not there',
  ],
])('an entry %s that says %s', (key, value, words) => {
  beforeAll(() => haproxy.ask(`add map ${haproxy.map} ${key} ${value}`));
  afterAll(() => haproxy.ask(`del map ${haproxy.map} ${key}`));

  it('is refused in words', async () => {
    expect(await refusal()).toContain(words);
  });
});

it('refuses an entry that names a backend which is not there, of two groups', async () => {
  const slots = { blue: 'web_blue', green: 'web_stable' };
  const of = () => driverOf(specOf(slots, [haproxy]));
  await haproxy.ask(`add map ${haproxy.map} production/web web_purple`);
  expect(await of().refusal(need({ groups: ['blue', 'green'] }), NEVER)).toContain(
    'its entry production/web names the backend web_purple, which is not there',
  );
  expect(await faultOf(of().read(NEVER))).toContain('should be one of web_blue, web_stable');
  await of().shift({ blue: 100, green: 0 }, NOWHERE, NEVER);
  expect(await of().refusal(need({ groups: ['blue', 'green'] }), NEVER)).toBeUndefined();
  await haproxy.ask(`del map ${haproxy.map} production/web`);
});

it('refuses a Runtime API that lets nobody set anything, and passes on what HAProxy says', async () => {
  const servers = [{ name: 'web-01', port: upstreams[0]!.port }];
  const low = await stand.haproxy('low', {
    level: 'operator',
    lines: '    default_backend web_stable',
    backends: { web_stable: servers, web_canary: servers },
  });
  const driver = driverOf(specOf(BACKENDS, [low]));
  expect(await driver.refusal(need(), NEVER)).toContain('whoever connects is operator there; write `stats socket');
  expect(await faultOf(driver.admit(one()[0]!, ['canary'], NEVER))).toContain(
    'set server web_stable/web-01 state maint was answered: Permission denied',
  );
});

it.each<[string, Record<string, number>]>([
  ['more than all', { stable: 50, canary: 60 }],
  ['parts of a percent', { stable: 99.5, canary: 0.5 }],
  ['less than nothing', { stable: 110, canary: -10 }],
])('faults on %s', async (_, split) => {
  const fault = await faultOf(driverOf(specOf(BACKENDS, [haproxy])).shift(split, NOWHERE, NEVER));
  expect(fault).toContain('stable and canary get whole percents, 100 in all');
});

it('throws the reason of whoever told it to stop', async () => {
  const why = new Error('over');
  const stopped = AbortSignal.abort(why);
  const driver = driverOf(specOf(BACKENDS, [haproxy]));
  await expect(driver.refusal(need(), stopped)).rejects.toBe(why);
  await expect(driver.read(stopped)).rejects.toBe(why);
  await expect(driver.shift({ stable: 100 }, NOWHERE, stopped)).rejects.toBe(why);
});
