import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTemporal } from '../../src/stack/temporal-cli';
import { startTemporalServer, type RunningTemporal } from '../../src/stack/temporal-server';

/** They tell the workers of a jest run where things are. */
const ADDRESS = 'BELAY_TEST_TEMPORAL_ADDRESS';
const TEST_SERVER = 'BELAY_TEST_SERVER_PATH';
const BUNDLE = 'BELAY_TEST_BUNDLE';
const BUNDLE_PROBLEM = 'BELAY_TEST_BUNDLE_PROBLEM';

const ROOT = join(__dirname, '../..');

interface Shared {
  server: RunningTemporal;
  folder: string;
}

/** Global set-up and teardown are modules of their own, once per project of a run: they meet here. */
const shared = globalThis as { belayTestTemporal?: Promise<Shared> };

/** One dev server in memory for a whole jest run, the programs, and one workflow bundle. For a global set-up. */
export async function startTestTemporal(): Promise<void> {
  shared.belayTestTemporal ??= start();
  process.env[ADDRESS] = (await shared.belayTestTemporal).server.address;
}

/** For a global teardown. Without it the server ends with the process that started it. */
export async function stopTestTemporal(): Promise<void> {
  const running = shared.belayTestTemporal;
  delete shared.belayTestTemporal;
  if (running === undefined) return;
  const { server, folder } = await running;
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function start(): Promise<Shared> {
  const say = (text: string) => process.stderr.write(`▸ ${text}\n`);
  const [cli, testServer] = [await findTemporal('cli', say), await findTemporal('test-server', say)];
  process.env.TEMPORAL_CLI_PATH = cli.path;
  process.env[TEST_SERVER] = testServer.path;
  const folder = await mkdtemp(join(tmpdir(), 'belay-test-temporal-'));
  const [server] = await Promise.all([
    startTemporalServer({ stateDir: folder, program: cli.path, throwaway: true }),
    build(),
  ]);
  return { server, folder };
}

/** dist/ with the workflow bundle, as a person's run has it; tests that don't need it aren't held up by its faults. */
async function build(): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/build.mjs')]);
    process.env[BUNDLE] = join(ROOT, 'dist/workflow-bundle.js');
  } catch (error) {
    process.env[BUNDLE_PROBLEM] = (error as { stderr?: string }).stderr ?? String(error);
  }
}

/** Where the run's dev server takes calls; its namespace is `default`. */
export function testTemporalAddress(): string {
  return need(ADDRESS);
}

/** For `TestWorkflowEnvironment.createTimeSkipping(timeSkipping())`. */
export function timeSkipping() {
  return { server: { executable: { type: 'existing-path' as const, path: need(TEST_SERVER) } } };
}

/** For `Worker.create({ workflowBundle: workflowBundle() })`: made once, not once a worker. */
export function workflowBundle(): { code: string } {
  const problem = process.env[BUNDLE_PROBLEM];
  if (problem !== undefined) throw new Error(`The workflows couldn't be bundled:\n${problem}`);
  const file = need(BUNDLE);
  if (!existsSync(file)) throw new Error('There is no workflow bundle: does src/workflows/index.ts exist?');
  return { code: readFileSync(file, 'utf8') };
}

/** A task queue that nobody else polls. */
export function uniqueTaskQueue(): string {
  return `test-${process.pid}-${Math.random().toString(36).slice(2, 10)}`;
}

function need(variable: string): string {
  const value = process.env[variable];
  if (value === undefined) throw new Error(`${variable} is not set: is this test in a project with the global set-up?`);
  return value;
}
