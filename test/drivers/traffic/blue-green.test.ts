import { haproxyLines } from '../../../src/drivers/traffic/haproxy/lines';
import type { Haproxy } from '../../support/haproxy';
import { Load, type Upstream } from '../../support/upstream';
import { driverOf, faultOf, instance, NEVER, NOWHERE, PLACE, specOf, trafficStand } from './fixtures';

/** Two groups of instances behind a real HAProxy. */
const BACKENDS = { green: 'web_green', blue: 'web_blue' };
const BLUE = { blue: 100, green: 0 };
const GREEN = { blue: 0, green: 100 };
const stand = trafficStand();
let blue: Upstream;
let green: Upstream;
let haproxy: Haproxy;

beforeAll(async () => {
  [blue, green] = (await stand.upstreams('blue-1', 'green-1')) as [Upstream, Upstream];
  const map = `${stand.folder.path}/belay.map`;
  haproxy = await stand.haproxy(
    'edge',
    {
      lines: haproxyLines({ map, backends: BACKENDS }, 'blue_green', NOWHERE, PLACE),
      backends: {
        web_blue: [{ name: 'blue-1', port: blue.port }],
        web_green: [{ name: 'green-1', port: green.port }],
      },
    },
    map,
  );
});

const driver = () => driverOf(specOf(BACKENDS, [haproxy]));

it('wants each instance in one of the backends only', async () => {
  const instances = [
    { ...instance(blue), groups: ['blue'] },
    { ...instance(green), groups: ['green'] },
  ];
  const need = { groups: ['blue', 'green'], instances, routing: NOWHERE };
  expect(await driver().refusal(need, NEVER)).toBeUndefined();
  const stranger = { name: 'web-09', labels: {}, groups: ['blue'] };
  expect(await driver().refusal({ ...need, instances: [...instances, stranger] }, NEVER)).toContain(
    'web-09 is no server in web_blue: none has that name or address',
  );
  expect(await faultOf(driver().admit(instance(blue), ['green'], NEVER))).toContain('blue-1 is no server in web_green');
});

it('sends all to the first by name while nothing was said', async () => {
  expect(await driver().read(NEVER)).toEqual(BLUE);
  const load = new Load(haproxy.port, 1);
  await load.more(5);
  await load.end();
  expect([...load.answers.keys()]).toEqual(['blue-1']);
});

it('switches and switches back at once, without a request that fails', async () => {
  const load = new Load(haproxy.port);
  await load.more(50);
  for (const [split, live, idle] of [
    [GREEN, green, blue],
    [BLUE, blue, green],
    [GREEN, green, blue],
  ] as const) {
    await driver().shift(split, NOWHERE, NEVER);
    expect(await driver().read(NEVER)).toEqual(split);
    // Those that were under way.
    await load.more(10);
    const [before, rest] = [live.requests, idle.requests];
    await load.more(50);
    expect(live.requests).toBeGreaterThan(before);
    expect(idle.requests).toBe(rest);
  }
  await load.end();
  expect(load.failures).toEqual([]);
});

it('stays switched when HAProxy starts again', async () => {
  await driver().shift(GREEN, NOWHERE, NEVER);
  await haproxy.restart('at_once');
  expect(await driver().read(NEVER)).toEqual(GREEN);
  const load = new Load(haproxy.port, 1);
  await load.more(5);
  await load.end();
  expect([...load.answers.keys()]).toEqual(['green-1']);
});

it('refuses to switch to a group in which nobody would answer, and to share between groups', async () => {
  await driver().drain(instance(blue), NEVER);
  expect(await faultOf(driver().shift(BLUE, NOWHERE, NEVER))).toContain(
    'no server in web_blue is up: whoever was sent there would get an error',
  );
  expect(await driver().read(NEVER)).toEqual(GREEN);
  await driver().admit(instance(blue), ['blue'], NEVER);
  expect(await faultOf(driver().shift({ blue: 50, green: 50 }, NOWHERE, NEVER))).toContain(
    "requests can't be split like blue 50%, green 50%: one of blue and green gets all requests",
  );
});
