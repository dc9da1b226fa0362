import { haproxyLines } from '../../../src/drivers/traffic/haproxy/lines';
import type { Haproxy } from '../../support/haproxy';
import { get, Load, type Upstream } from '../../support/upstream';
import { driverOf, faultOf, instance, NEVER, NOWHERE, PLACE, specOf, trafficStand, needOf } from './fixtures';

/** Instances of a rolling deployment behind a real HAProxy, which calls the second one otherwise. */
const BACKENDS = { stable: 'web' };
const stand = trafficStand();
let one: Upstream;
let two: Upstream;
let haproxy: Haproxy;

beforeAll(async () => {
  [one, two] = (await stand.upstreams('web-01', 'web-02')) as [Upstream, Upstream];
  haproxy = await stand.haproxy('edge', {
    lines: haproxyLines({ map: '/nowhere', backends: BACKENDS }, 'rolling', NOWHERE, PLACE),
    backends: {
      web: [
        { name: 'web-01', port: one.port },
        { name: 'srv2', port: two.port },
      ],
    },
  });
});

const driver = (changes = {}) => driverOf(specOf(BACKENDS, [haproxy], { map: '/nowhere', ...changes }));
const stateOf = async (server: string) => {
  const stat = (await haproxy.ask('show stat web 4 -1')).split('\n');
  return stat.find((line) => line.startsWith(`web,${server},`))?.split(',')[17];
};

it('needs no map where all requests go to one backend', async () => {
  const need = needOf(['stable'], [one, two].map(instance), NOWHERE);
  expect(await driver().refusal(need, NEVER)).toBeUndefined();
  expect(await driver().read(NEVER)).toEqual({ stable: 100 });
  await driver().shift({ stable: 100 }, NOWHERE, NEVER);
});

it.each([
  ['its name', () => one, 'web-01'],
  ['its address', () => two, 'srv2'],
])('takes an instance by %s out and puts it back', async (_, which, server) => {
  await driver().drain(instance(which()), NEVER);
  expect(await stateOf(server)).toBe('MAINT');
  await driver().drain(instance(which()), NEVER);
  await driver().admit(instance(which()), ['stable'], NEVER);
  expect(await stateOf(server)).toBe('no check');
  await driver().admit(instance(which()), [], NEVER);
  expect(await stateOf(server)).toBe('MAINT');
  await driver().admit(instance(which()), ['stable'], NEVER);
});

it('knows an instance by its base URL, too', async () => {
  const address = `http://127.0.0.1:${two.port}/base`;
  await driver().drain({ name: 'web-02', address, labels: {} }, NEVER);
  expect(await stateOf('srv2')).toBe('MAINT');
  await driver().admit(instance(two), ['stable'], NEVER);
});

it('waits for a request that is under way, and gives no new one meanwhile', async () => {
  await driver().drain(instance(two), NEVER);
  const slow = get(haproxy.port, { path: '/slow' });
  await one.holding();
  await driver().admit(instance(two), ['stable'], NEVER);
  let over = false;
  const draining = driver()
    .drain(instance(one), NEVER)
    .then(() => (over = true));
  for (let i = 0; i < 20; i++) expect((await get(haproxy.port)).from).toBe('web-02');
  expect(over).toBe(false);
  one.release();
  expect((await slow).from).toBe('web-01');
  await draining;
  expect(await stateOf('web-01')).toBe('MAINT');
  await driver().admit(instance(one), ['stable'], NEVER);
});

it('waits no longer than it may', async () => {
  await driver().drain(instance(two), NEVER);
  const slow = get(haproxy.port, { path: '/slow' });
  await one.holding();
  await driver({ drainTimeoutMs: 100 }).drain(instance(one), NEVER);
  expect(await stateOf('web-01')).toBe('MAINT');
  one.release();
  expect((await slow).status).toBe(200);
  for (const each of [one, two]) await driver().admit(instance(each), ['stable'], NEVER);
});

it('stops waiting when it is told to, and goes on from there the next time', async () => {
  await driver().drain(instance(two), NEVER);
  const slow = get(haproxy.port, { path: '/slow' });
  await one.holding();
  const stop = new AbortController();
  const draining = driver().drain(instance(one), stop.signal);
  const why = new Error('told to stop');
  while ((await stateOf('web-01')) !== 'DRAIN') await new Promise(setImmediate);
  stop.abort(why);
  await expect(draining).rejects.toBe(why);
  one.release();
  await slow;
  await driver().drain(instance(one), NEVER);
  expect(await stateOf('web-01')).toBe('MAINT');
  for (const each of [one, two]) await driver().admit(instance(each), ['stable'], NEVER);
});

it('fails no request while instances are changed one after another', async () => {
  const load = new Load(haproxy.port);
  for (const each of [one, two]) {
    const { port } = each;
    await driver().drain(instance(each), NEVER);
    await each.stop();
    await load.more(50);
    await each.start(port);
    await driver().admit(instance(each), ['stable'], NEVER);
    await load.more(50);
  }
  await load.end();
  expect(load.failures).toEqual([]);
});

it('says which instance HAProxy has no server for', async () => {
  const stranger = { name: 'web-09', address: '127.0.0.1:1', labels: {} };
  const words = `HAProxy at ${haproxy.endpoint}: web-09 is no server in web`;
  expect(await faultOf(driver().drain(stranger, NEVER))).toBe(words);
  expect(await faultOf(driver().admit(stranger, ['stable'], NEVER))).toBe(words);
});

it('notices that a server which it made ready gets no requests all the same', async () => {
  const [three] = await stand.upstreams('web-03');
  const tracking = await stand.haproxy('tracking', {
    lines: '    default_backend web',
    backends: {
      web: [{ name: 'web-03', port: three!.port, options: 'track other/web-03' }],
      other: [{ name: 'web-03', port: three!.port, options: 'check disabled' }],
    },
  });
  const fault = await faultOf(driverOf(specOf(BACKENDS, [tracking])).admit(instance(three!), ['stable'], NEVER));
  expect(fault).toContain('web/web-03 gets no requests: it is in maintenance as the server that it tracks');
});
