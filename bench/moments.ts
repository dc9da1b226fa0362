import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { orderOf, writeFleet } from './rollout';
import type { BenchStack } from './stack';

const ROOT = join(__dirname, '..');

/** From the command's start to the start of the first change, with a stack that runs, in ms. */
export async function toFirstTouch(stack: BenchStack): Promise<number> {
  const files = writeFleet(stack.folder, 'first touch', 10);
  const began = Date.now();
  const args = ['deploy', '--instances', files.instances, '--desired', files.desired, '--service', files.service];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'dist/client.js'), ...args], {
      env: { ...process.env, BELAY_STATE_DIR: stack.folder },
      stdio: 'ignore',
    });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`belay deploy ended with ${code}`))));
  });
  const row = await stack.store.latest('local', files.service);
  const attempts = row === undefined ? [] : await stack.store.attempts(row.generation);
  const first = Math.min(...attempts.map(({ startedAt }) => startedAt.getTime()));
  return first - began;
}

/** From the worker's SIGKILL, mid-rollout, to the next instance that is done, in ms. */
export async function killedToProgress(stack: BenchStack): Promise<number> {
  const one = { name: 'killed worker', instances: 400, latencyMs: 100, window: 10 };
  const order = await orderOf(stack.folder, one);
  const { generation } = await stack.control.start({ ...order, actor: 'bench' });
  await answered(stack, generation, 50);
  process.kill(stack.workerPid(), 'SIGKILL');
  const killed = performance.now();
  const before = await count(stack, generation);
  await answered(stack, generation, before + 1);
  const took = performance.now() - killed;
  await answered(stack, generation, one.instances);
  return took;
}

async function answered(stack: BenchStack, generation: number, wanted: number): Promise<void> {
  while ((await count(stack, generation)) < wanted) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function count(stack: BenchStack, generation: number): Promise<number> {
  return (await stack.store.attempts(generation)).filter(({ endedAt }) => endedAt !== undefined).length;
}
