import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuseUnrunnable } from '../../src/activities/hook';
import type { HookSpec, Hooks } from '../../src/domain/hooks';
import { createHook } from '../../src/drivers/hook/create';
import { eventually } from '../drivers/target/fixtures';
import { useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { Receiver } from '../support/receiver';
import { environment, Rig, run, type RigOptions } from './harness';

const used = useStore();
const folder = temporaryFolder();

const bounds = { timeoutMs: 60_000, gate: true };

/** A hook that is a script of the test's. */
function script(name: string, body: string): HookSpec {
  chmodSync(folder.write(name, `#!/usr/bin/env bash\n${body}\n`), 0o755);
  return { kind: 'command', run: [`./${name}`], directory: folder.path, env: {}, ...bounds };
}

async function began(hooks: Hooks, options: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = new Rig(used.store, { folder: folder.path, spec: { hooks }, ...options });
  await rig.began();
  return rig;
}

const act = (hook: string, more: object = {}) => ({ kind: 'hook' as const, hook, moment: 'stage 2', ...more });

function runHook(rig: Rig, number: number, hook: string, { more = {}, env = environment() } = {}) {
  return env.run(rig.activities.runHook, { generation: rig.generation, number, act: act(hook, more) });
}

async function linesOf({ generation }: Rig) {
  const lines = await used.store.events({ generation });
  return lines.filter(({ type }) => type.startsWith('hook_')).map(({ type, reason }) => `${type}: ${reason}`);
}

const written = (name: string) => eventually(async () => existsSync(join(folder.path, name)) || undefined);
const timesRun = (name: string) => readFileSync(join(folder.path, name), 'utf8').trim().split('\n').length;

it('is run once however often it is asked for, and once more under another number; each has a line', async () => {
  const rig = await began({ smoke: script('once.sh', 'echo "$BELAY_RUN $BELAY_STATUS [$BELAY_WEIGHT]" >>once') });
  expect(await runHook(rig, 1, 'smoke')).toEqual({});
  expect(await runHook(rig, 1, 'smoke')).toEqual({});
  expect(await run(rig.worker().runHook, { generation: rig.generation, number: 1, act: act('smoke') })).toEqual({});
  expect(await runHook(rig, 2, 'smoke', { more: { status: 'rolling_back', weight: 50 } })).toEqual({});
  const { service } = rig.spec;
  expect(readFileSync(join(folder.path, 'once'), 'utf8')).toBe(
    `test/${service}/${rig.generation}/1 running []\ntest/${service}/${rig.generation}/2 rolling_back [50]\n`,
  );
  expect(await linesOf(rig)).toEqual(['hook_done: smoke (stage 2)', 'hook_done: smoke (stage 2)']);
});

it('has a failure that stands, though it would go well by now', async () => {
  const rig = await began({ smoke: script('turns.sh', 'if [ -e good ]; then exit 0; fi; echo two are down; exit 1') });
  const failed = { fault: 'the hook smoke exited with status 1: two are down' };
  expect(await runHook(rig, 1, 'smoke')).toEqual(failed);
  folder.write('good', '');
  expect(await runHook(rig, 1, 'smoke')).toEqual(failed);
  expect(await runHook(rig, 2, 'smoke')).toEqual({});
  expect(await linesOf(rig)).toEqual([
    'hook_failed: stage 2: the hook smoke exited with status 1: two are down',
    'hook_done: smoke (stage 2)',
  ]);
});

it('is kept with all that it printed, which the workflow is not told', async () => {
  const env = { TOKEN: '${env:HOOK_TOKEN}' };
  const loud = { ...script('loud.sh', 'echo one; echo "two $TOKEN"; [ "$BELAY_MOMENT" = good ]'), env } as HookSpec;
  const rig = await began({ loud, quiet: script('quiet.sh', '') }, { environment: { HOOK_TOKEN: 'hunter2-hunter2' } });
  expect(await runHook(rig, 1, 'loud')).toEqual({ fault: 'the hook loud exited with status 1: two [redacted]' });
  expect(await runHook(rig, 2, 'loud', { more: { moment: 'good' } })).toEqual({});
  expect(await runHook(rig, 3, 'quiet')).toEqual({});
  const kept = await used.store.hookRuns(rig.generation);
  expect(kept.map(({ hook, moment, fault, output }) => ({ hook, moment, fault, output }))).toEqual([
    {
      hook: 'loud',
      moment: 'stage 2',
      fault: 'the hook loud exited with status 1: two [redacted]',
      output: 'one\ntwo [redacted]\n',
    },
    { hook: 'loud', moment: 'good', fault: undefined, output: 'one\ntwo [redacted]\n' },
    { hook: 'quiet', moment: 'stage 2', fault: undefined, output: undefined },
  ]);
});

it('is begun again when its worker was lost in the middle, and by then is the only one', async () => {
  const rig = await began({ smoke: script('lost.sh', 'echo begun >>lost; [ -e let-go ] || exec sleep 600') });
  const worker = environment();
  const running = runHook(rig, 1, 'smoke', { env: worker });
  await written('lost');
  worker.cancel('WORKER_SHUTDOWN');
  await expect(running).rejects.toThrow('the worker shuts down');
  expect(await used.store.act(rig.generation, 1)).toBeUndefined();
  folder.write('let-go', '');
  expect(await runHook(rig, 1, 'smoke')).toEqual({});
  expect(timesRun('lost')).toBe(2);
});

it('is ended when the deployment is told to stop, and that stands', async () => {
  const rig = await began({ smoke: script('long.sh', 'echo begun | tee -a long; exec sleep 600') });
  const worker = environment();
  const running = runHook(rig, 1, 'smoke', { env: worker });
  await written('long');
  worker.cancel('CANCELLED');
  const ended = { fault: 'the hook smoke was ended, because the deployment was told to stop' };
  expect(await running).toEqual(ended);
  expect(await runHook(rig, 1, 'smoke')).toEqual(ended);
  expect(await used.store.hookRuns(rig.generation)).toEqual([expect.objectContaining({ output: 'begun\n' })]);
});

it('tells over HTTP why a deployment is where it is, in its own words or in those that were recorded', async () => {
  const receiver = await Receiver.open();
  const hooks: Hooks = { on_failure: { kind: 'http', url: receiver.url(), headers: {}, ...bounds } };
  const rig = await began(hooks);
  const { document } = (await used.store.deployment(rig.generation))!;
  await used.store.saveProgress({ ...document, status: 'paused', reason: 'recorded', traffic_percent: 10 });
  await runHook(rig, 1, 'on_failure');
  await runHook(rig, 2, 'on_failure', { more: { status: 'rolling_back', reason: 'p95 is 900', weight: 0 } });
  await receiver.close();
  expect(receiver.received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    expect.objectContaining({ status: 'paused', reason: 'recorded', weight: 10 }),
    expect.objectContaining({ status: 'rolling_back', reason: 'p95 is 900', weight: 0 }),
  ]);
});

it('that the deployment does not have is a fault, whatever it is called', async () => {
  const rig = await began({});
  expect(await runHook(rig, 1, 'constructor')).toEqual({ fault: 'the deployment has no hook constructor' });
});

it('that this machine can not run is refused beforehand; a way back never is', async () => {
  const env = { A: '${env:NOT_SET}' };
  const hooks: Hooks = {
    smoke: { kind: 'command', run: ['./absent.sh'], directory: folder.path, env, ...bounds },
    on_failure: { kind: 'http', url: 'nonsense', headers: {}, ...bounds },
  };
  const { spec } = new Rig(used.store, { folder: folder.path, spec: { hooks } });
  const request = { id: '', kind: 'deploy' as const, spec, actor: 'ann', createdAt: new Date() };
  const tools = { hooks: (each: HookSpec) => createHook(each, {}) } as Parameters<typeof refuseUnrunnable>[0];
  await expect(refuseUnrunnable(tools, request)).rejects.toThrow(
    /can't run this deployment's hooks:\n {2}- hooks\.smoke\.run: .*absent\.sh does not exist.*\n {2}- hooks\.smoke\.env: NOT_SET.*\n {2}- hooks\.on_failure\.url .*\nEvery machine/,
  );
  await refuseUnrunnable(tools, { ...request, kind: 'rollback' });
});
