import { existsSync, readFileSync } from 'node:fs';
import { haproxyLines } from '../../../src/drivers/traffic/haproxy/lines';
import type { Haproxy } from '../../support/haproxy';
import { served, type Upstream } from '../../support/upstream';
import { keepsTheContract } from './contract';
import { BY_USER, driverOf, faultOf, instance, NEVER, PLACE, specOf, trafficStand, needOf, whyNot } from './fixtures';

/** Two HAProxies that serve one fleet, with a map of the same name. */
const BACKENDS = { stable: 'web_stable', canary: 'web_canary' };
const stand = trafficStand();
let upstreams: Upstream[];
let pair: [Haproxy, Haproxy];

beforeAll(async () => {
  upstreams = await stand.upstreams('web-01', 'web-02');
  const map = `${stand.folder.path}/belay.map`;
  const servers = upstreams.map(({ name, port }) => ({ name, port }));
  const parts = {
    lines: haproxyLines({ map, backends: BACKENDS }, 'canary', BY_USER, PLACE),
    backends: { web_stable: servers, web_canary: servers },
  };
  pair = [await stand.haproxy('left', parts, map), await stand.haproxy('right', parts, map)];
});

const driver = () => driverOf(specOf(BACKENDS, pair));
const establish = async () => {
  await driver().admit(instance(upstreams[0]!), ['stable'], NEVER);
  await driver().admit(instance(upstreams[1]!), ['canary'], NEVER);
};

describe('the contract', () =>
  keepsTheContract(() => ({
    driver: driver(),
    splits: [
      { stable: 90, canary: 10 },
      { stable: 0, canary: 100 },
    ],
    instance: instance(upstreams[0]!),
    groups: ['stable', 'canary'],
  })));

it('drives both, and has the same user on the same side of each', async () => {
  await establish();
  await driver().shift({ stable: 60, canary: 40 }, BY_USER, NEVER);
  const users = Array.from({ length: 100 }, (_, i) => `user-${i}`);
  expect(await served(pair[0].port, users)).toEqual(await served(pair[1].port, users));
  for (const { ask } of [0, 1].map((i) => ({ ask: pair[i]!.ask('show servers state') }))) {
    expect(await ask).toMatch(/web_canary 1 web-01 \S+ \d [15] /);
  }
});

it('says who differs, and how', async () => {
  await driver().shift({ stable: 60, canary: 40 }, BY_USER, NEVER);
  await pair[1].ask(`set map ${pair[1].map} production/web 5`);
  expect(await faultOf(driver().read(NEVER))).toBe(
    `the routers differ: HAProxy at ${pair[0].endpoint} has stable 60%, canary 40%; ` +
      `HAProxy at ${pair[1].endpoint} has stable 95%, canary 5%`,
  );
  await driver().shift({ stable: 60, canary: 40 }, BY_USER, NEVER);
  expect(await driver().read(NEVER)).toEqual({ stable: 60, canary: 40 });
});

it('names the one that is down, and sets the other all the same', async () => {
  await pair[1].stop();
  const down = new RegExp(`^HAProxy at ${pair[1].endpoint}: nothing listens there. `);
  const shifted = await faultOf(driver().shift({ stable: 80, canary: 20 }, BY_USER, NEVER));
  expect(shifted).toMatch(down);
  expect(shifted).toMatch(/ \(1 of 2 did it\)$/);
  expect(await faultOf(driver().read(NEVER))).toMatch(down);
  expect(await faultOf(driver().drain(instance(upstreams[0]!), NEVER))).toMatch(down);
  const need = needOf(['stable', 'canary'], upstreams.map(instance), BY_USER);
  expect(await whyNot(driver(), need)).toMatch(/^unreached: HAProxy at /);
  expect(await driverOf(specOf(BACKENDS, [pair[0]])).read(NEVER)).toEqual({ stable: 80, canary: 20 });
  await pair[1].restart('at_once');
  await establish();
  await driver().shift({ stable: 80, canary: 20 }, BY_USER, NEVER);
  expect(await driver().read(NEVER)).toEqual({ stable: 80, canary: 20 });
});

it('drives one on another machine by TCP, whose map’s file it leaves alone', async () => {
  const [web] = await stand.upstreams('web-05');
  const map = `${stand.folder.path}/remote.map`;
  const servers = [{ name: web!.name, port: web!.port }];
  const remote = await stand.haproxy(
    'remote',
    {
      lines: haproxyLines({ map, backends: BACKENDS }, 'canary', BY_USER, PLACE),
      backends: { web_stable: servers, web_canary: servers },
    },
    map,
  );
  const far = driverOf(specOf(BACKENDS, [{ endpoint: remote.remote, map }]));
  await far.admit(instance(web!), ['stable', 'canary'], NEVER);
  await far.shift({ stable: 30, canary: 70 }, BY_USER, NEVER);
  expect(await far.read(NEVER)).toEqual({ stable: 30, canary: 70 });
  expect(existsSync(map) && readFileSync(map, 'utf8')).toBe('');
  await remote.restart('at_once');
  expect(await driverOf(specOf(BACKENDS, [{ endpoint: remote.remote, map }])).read(NEVER)).toEqual({
    stable: 100,
    canary: 0,
  });
  await far.shift({ stable: 30, canary: 70 }, BY_USER, NEVER);
  // Whoever has told it the split hasn't told it who is in service: that it was started again is said, once.
  await expect(far.read(NEVER)).rejects.toThrow('it was started again');
  expect(await far.read(NEVER)).toEqual({ stable: 30, canary: 70 });
});
