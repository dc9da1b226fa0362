import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Unreachable } from '../control/errors';
import type { ServerConfig } from '../server';
import type { WorkerConfig } from '../worker';
import type { FromChild, ToChild } from './child';
import { openLog } from './log-file';
import { endProcess } from './processes';
import { ROOT } from './state-dir';
import type { Supervised } from './supervisor';

/** Which part of a stack a process is, and what it is told. */
export type Part = { kind: 'worker'; config: WorkerConfig; script?: string } | { kind: 'server'; config: ServerConfig };

const NAMES = { worker: "Belay's worker", server: "Belay's API" } as const;
const LOGS = { worker: 'worker.log', server: 'api.log' } as const;

export interface PartProcess extends Supervised {
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
 * Starts a part of a stack as a process of its own and waits until it is ready. It ends by itself when this process does:
 * the channel between the two closes then. A terminal's Ctrl-C doesn't reach it.
 */
export async function startPart(stateDir: string, part: Part): Promise<PartProcess> {
  const logFile = join(stateDir, LOGS[part.kind]);
  const log = openLog(logFile);
  const file = (part.kind === 'worker' ? part.script : undefined) ?? scriptOf(part.kind);
  const child = fork(file, [], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    // Certificates are bytes.
    serialization: 'advanced',
    execArgv: [...MEMORY, ...(file.endsWith('.ts') ? ['--import', 'tsx'] : [])],
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw notReady(part, `${file} can't be run`, logFile);
  const ended = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)),
  );
  const stop = async () => {
    if (child.connected) child.disconnect();
    await endsWithin(child, ended, STOP_MS);
    await endProcess(pid, 0, () => child.exitCode === null && child.signalCode === null);
  };
  try {
    await untilReady(child, ended, part, logFile);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid, ended, stop, kill: () => void child.kill('SIGKILL') };
}

async function untilReady(child: ChildProcess, ended: Promise<string>, part: Part, logFile: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const answer = new Promise<FromChild>((resolve) => {
    const fail = (message: string) => resolve({ kind: 'failed', message });
    child.once('message', (message) => resolve(message as FromChild));
    child.once('error', (error) => fail(`it can't be run: ${error.message}`));
    void ended.then((why) => fail(`it ended before it was ready (${why}); see ${logFile}`));
    timer = setTimeout(() => fail(`it isn't ready after ${READY_MS / 1000} s; see ${logFile}`), READY_MS);
  });
  child.send({ kind: 'start', config: part.config } satisfies ToChild<Part['config']>);
  const message = await answer;
  clearTimeout(timer);
  if (message.kind === 'failed') throw notReady(part, message.message, logFile);
}

function notReady({ kind }: Part, why: string, logFile: string): Unreachable {
  return new Unreachable(`${NAMES[kind]} couldn't start: ${why}`, [`what it printed is in ${logFile}`]);
}

async function endsWithin(child: ChildProcess, ended: Promise<string>, ms: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}

/** The built one; in development, without a build, the source itself. */
function scriptOf(kind: Part['kind']): string {
  const built = join(ROOT, `dist/${kind}.js`);
  return existsSync(built) ? built : join(ROOT, `src/${kind}.ts`);
}
