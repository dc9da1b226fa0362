/** Belay, as the demo uses it: the command line for what a person does, the control layer for what a load balancer asks. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const CLIENT = path.join(ROOT, 'dist/client.js');
/** What runs an agent: one file that needs nothing else. */
export const AGENT = [process.execPath, path.join(ROOT, 'dist/belay-agent.cjs')];
/** Agents report often: nobody wants to wait for a demo. */
const BELAY_YAML = 'heartbeat: { interval: 1s, unknown_after: 15s }\n';
const load = createRequire(import.meta.url);

/** Where the demo keeps its stack's files, apart from a person's own. */
export const STATE_DIR = path.resolve(process.env.BELAY_STATE_DIR ?? path.join(ROOT, '.belay'), 'demo');
const env = { ...process.env, BELAY_STATE_DIR: STATE_DIR };

/** What a person writes before a verb of Belay's, to reach the demo's stack. */
export const PREFIX = `BELAY_STATE_DIR=${path.relative(process.cwd(), STATE_DIR) || '.'} npm run client --`;

/** The stack that runs from the demo's folder, if one does. */
export const running = () => load('../../dist/stack/what-runs.js').whatRuns(STATE_DIR);

/** Starts `belay dev` as a process that outlives this one, and waits until it is up. Answers with its process id. */
export async function startStack() {
  const config = path.join(STATE_DIR, 'belay.yaml');
  await mkdir(STATE_DIR, { recursive: true });
  await writeFile(config, BELAY_YAML);
  const child = spawn(process.execPath, [CLIENT, 'dev', '--json', '--config', config], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`belay dev ended with exit code ${code}; its own words are above`)));
  });
  child.stdout.destroy();
  child.unref();
  return child.pid;
}

/** Ends a stack and waits until it is gone. */
export async function stopStack(pid) {
  const alive = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  if (alive()) process.kill(pid, 'SIGTERM');
  for (let tries = 0; alive(); tries++) {
    if (tries === 600) process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs a verb as a person would, in this terminal. Answers with its exit code. */
export function belay(args, { signal } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLIENT, ...args], { env, stdio: 'inherit' });
    if (signal?.aborted) child.kill('SIGTERM');
    signal?.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 130));
  });
}

/** Runs a verb that answers with a document. */
export async function belayJson(args) {
  const { stdout } = await promisify(execFile)(process.execPath, [CLIENT, ...args, '--json'], { env });
  return JSON.parse(stdout);
}

/** The control layer, for questions that are asked many times a second. */
export async function openControl() {
  const endpoints = await running();
  if (endpoints === undefined) throw new Error('the stack is not up');
  const { localTemporal, connectClient } = load('../../dist/stack/connection.js');
  const { openStore } = load('../../dist/store/index.js');
  const { createControl } = load('../../dist/control/direct.js');
  const { connection, client } = await connectClient(localTemporal(endpoints.temporal, endpoints.namespace));
  const store = await openStore(endpoints.database_url, { max: 2 });
  const control = createControl({ client, store, taskQueue: endpoints.task_queue });
  const close = async () => {
    await control.close();
    await connection.close();
  };
  return { control, close };
}
