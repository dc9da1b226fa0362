import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Haproxy } from '../support/haproxy';
import type { CommandLine } from './command-line';
import { OwnStack } from './own-stack';
import { killAll, processesOf } from './processes';
import { Site, slotOf, type SiteKind } from './site';
import { until } from './until';

/** Temporal (and everything) is killed in the middle of a shift, of an analysis, and while an old group is kept. */

const OLD = '1.0.0/1';
const NEW = '1.1.0/1';
const NEXT = '1.1.0/2';
const PATIENCE_MS = 240_000;
const MOMENT_MS = 60_000;

let folder: string;
const stacks: OwnStack[] = [];
const sites: Site[] = [];
const told: Record<SiteKind, Promise<void>> = { canary: Promise.resolve(), blue_green: Promise.resolve() };

async function open(kind: SiteKind): Promise<{ stack: OwnStack; site: Site }> {
  const home = realpathSync(mkdtempSync(join(folder, 'home-')));
  const stack = new OwnStack(join(home, 'state'));
  stacks.push(stack);
  const site = await Site.up(kind, 'edge', home);
  sites.push(site);
  await stack.dev();
  return { stack, site };
}

/** It waits for a person, as its status says. */
async function keeping(stack: OwnStack, run: CommandLine): Promise<string> {
  const id = await stack.idIn(run);
  await until('the old group to be kept', MOMENT_MS, async () => (await stack.document(id)).awaiting?.kind === 'bake');
  return id;
}

async function canary(): Promise<void> {
  const { stack, site } = await open('canary');
  site.prepareHook('pre_traffic', 'waits');
  site.holding = true;
  const deploy = stack.run('deploy', '-f', site.describe(NEW, { hook: 'pre_traffic' }));
  await until('the first shift', MOMENT_MS, () => site.hookHappened('pre_traffic'));
  // One router stands still: the shift lasts until that goes on.
  await whileStopped(site.routers[0], async (goOn) => {
    site.letHookGo('pre_traffic');
    await until('the shift', MOMENT_MS, async () =>
      (await shifts(stack, deploy)).some(({ traffic_percent }) => traffic_percent === 30),
    );
    await stack.killTemporal();
    goOn();
  });
  await until('a measurement', MOMENT_MS, () => site.held);
  expect(await site.shares(undefined)).toEqual([30, 30]);
  await stack.killTemporal();
  site.go();

  expect([await deploy.exit, deploy.output]).toEqual([0, expect.any(String)]);
  const end = await stack.endOf(deploy);
  expect(end).toMatchObject({ status: 'succeeded', traffic_percent: 100 });
  const names = ['web-01', 'web-02', 'web-03'];
  const steady = { entry: '0', ready: { web_stable: names, web_canary: [] }, versions: [NEW] };
  expect(await site.routed()).toEqual([steady, steady]);
  expect(await site.versions()).toEqual([NEW, NEW, NEW]);
  expect([...site.fleet.begun()]).toEqual(names.map((name) => [`${name} ${end.generation}`, 1]));
  expect(site.failures).toEqual([]);
}

async function blueGreen(): Promise<void> {
  const { stack, site } = await open('blue_green');
  const ready = { web_blue: slotOf('web_blue'), web_green: slotOf('web_green') };
  const onGreen = { entry: 'web_green', ready, versions: [NEW] };

  const first = stack.run('deploy', '-f', site.describe(NEW, { strategy: { keep_for: '10s' } }));
  await keeping(stack, first);
  await stack.killTemporal();
  expect(await site.routed()).toEqual([onGreen, onGreen]);
  expect([await first.exit, first.output]).toEqual([0, expect.any(String)]);
  expect(await stack.endOf(first)).toMatchObject({ status: 'succeeded', traffic_percent: 100 });
  expect(await site.routed()).toEqual([onGreen, onGreen]);
  expect(await site.versions()).toEqual([OLD, OLD, NEW, NEW]);

  const second = stack.run('deploy', '-f', site.describe(NEXT, { strategy: { keep_for: '1h' } }));
  const id = await keeping(stack, second);
  const before = site.fleet.begun();
  await killAll(stack.processes());
  // Nobody of Belay is there, and requests go where they went.
  expect((await site.routed()).map(({ entry }) => entry)).toEqual(['web_blue', 'web_blue']);
  await stack.dev();
  const back = stack.run('rollback', id, '--reason', 'too slow');
  expect([await back.exit, back.output]).toEqual([0, expect.any(String)]);
  expect(await stack.document(id)).toMatchObject({ status: 'rolled_back', traffic_percent: 0 });
  expect(await site.routed()).toEqual([onGreen, onGreen]);
  // Nobody has touched an instance.
  expect(await site.versions()).toEqual([NEXT, NEXT, NEW, NEW]);
  expect(site.fleet.begun()).toEqual(before);
  expect(site.failures).toEqual([]);
}

/** Has a router stand still until it is to go on, whatever happens. */
async function whileStopped(router: Haproxy, work: (goOn: () => void) => Promise<void>): Promise<void> {
  const pid = Number(/^Pid: (\d+)$/m.exec(await router.ask('show info'))?.[1]);
  const goOn = () => void process.kill(pid, 'SIGCONT');
  process.kill(pid, 'SIGSTOP');
  await work(goOn).finally(goOn);
}

/** What share of the requests the release was to have so far. */
async function shifts(stack: OwnStack, run: CommandLine): Promise<{ traffic_percent: number }[]> {
  const show = stack.run('show', await stack.idIn(run), '--json');
  await show.exit;
  return (JSON.parse(show.stdout) as { traffic_history: { traffic_percent: number }[] }).traffic_history;
}

// What runs is found in /proc.
(process.platform === 'linux' ? describe : describe.skip)('traffic ends where the status says', () => {
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-kill-')));
    Object.assign(told, { canary: canary(), blue_green: blueGreen() });
    for (const story of Object.values(told)) story.catch(() => undefined);
  });

  afterAll(async () => {
    await Promise.all(stacks.map((each) => each.leave()));
    await Promise.all(sites.map((each) => each.down()));
    expect(processesOf(folder)).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('when Temporal is killed in the middle of a shift, and of an analysis', async () => told.canary, PATIENCE_MS);
  it('when Temporal, then everything is killed while the old group is kept', async () => told.blue_green, PATIENCE_MS);
});
