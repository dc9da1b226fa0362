import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Unreachable } from '../control/errors';
import type { WorkerConfig } from '../worker';
import { openLog } from './log-file';
import { endProcess } from './processes';
import { ROOT } from './state-dir';
import type { Supervised } from './supervisor';

/** What a worker process is told, and what it answers. */
export type ToWorker = { kind: 'start'; config: WorkerConfig };
export type FromWorker = { kind: 'ready' } | { kind: 'failed'; message: string };

export interface WorkerProcess extends Supervised {
  pid: number;
}

/**
 * Collect garbage early: on a machine with much memory, V8 lets a worker grow by hundreds of MiB before it looks.
 * No cap: a worker that runs into one would be killed with its work.
 */
const MEMORY = ['--max-semi-space-size=4', '--initial-old-space-size=48', '--heap-growing-percent=30'];

const READY_MS = 60_000;
const STOP_MS = 20_000;

/**
 * Starts a worker as a process of its own and waits until it is ready. It ends by itself when this process does:
 * the channel between the two closes then. A terminal's Ctrl-C doesn't reach it.
 */
export async function startWorkerProcess(
  stateDir: string,
  config: WorkerConfig,
  script?: string,
): Promise<WorkerProcess> {
  const logFile = join(stateDir, 'worker.log');
  const log = openLog(logFile);
  const file = script ?? workerScript();
  const child = fork(file, [], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    // Certificates are bytes.
    serialization: 'advanced',
    execArgv: [...MEMORY, ...(file.endsWith('.ts') ? ['--import', 'tsx'] : [])],
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw notReady(`${file} can't be run`, logFile);
  const ended = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)),
  );
  const stop = async () => {
    if (child.connected) child.disconnect();
    await endsWithin(child, ended, STOP_MS);
    await endProcess(pid, 0, () => child.exitCode === null && child.signalCode === null);
  };
  try {
    await untilReady(child, ended, config, logFile);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid, ended, stop, kill: () => void child.kill('SIGKILL') };
}

async function untilReady(
  child: ChildProcess,
  ended: Promise<string>,
  config: WorkerConfig,
  logFile: string,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const answer = new Promise<FromWorker>((resolve) => {
    const fail = (message: string) => resolve({ kind: 'failed', message });
    child.once('message', (message) => resolve(message as FromWorker));
    child.once('error', (error) => fail(`it can't be run: ${error.message}`));
    void ended.then((why) => fail(`it ended before it was ready (${why}); see ${logFile}`));
    timer = setTimeout(() => fail(`it isn't ready after ${READY_MS / 1000} s; see ${logFile}`), READY_MS);
  });
  child.send({ kind: 'start', config } satisfies ToWorker);
  const message = await answer;
  clearTimeout(timer);
  if (message.kind === 'failed') throw notReady(message.message, logFile);
}

function notReady(why: string, logFile: string): Unreachable {
  return new Unreachable(`Belay's worker couldn't start: ${why}`, [`what it printed is in ${logFile}`]);
}

async function endsWithin(child: ChildProcess, ended: Promise<string>, ms: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}

/** The built one; in development, without a build, the source itself. */
function workerScript(): string {
  const built = join(ROOT, 'dist/worker.js');
  return existsSync(built) ? built : join(ROOT, 'src/worker.ts');
}
