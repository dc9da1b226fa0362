import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { killGroup } from './group';
import { Output } from './output';

/** A program to run, found and ready. */
export interface Program {
  file: string;
  args: string[];
  directory: string;
  env: Record<string, string>;
  /** Never shown in its output. */
  secrets: readonly string[];
  /** How long it is given to end by itself when it is aborted; absent: 5 s. */
  graceMs?: number;
  /** Told the process group as soon as it is there; when it throws, the group is ended. */
  onStart?: (pid: number) => void;
}

export type Ending =
  | { kind: 'exited'; status: number }
  | { kind: 'killed'; signal: string }
  | { kind: 'not_started'; why: string }
  /** Nobody can say: it ran on another machine, which is out of reach. */
  | { kind: 'lost'; why: string };

export interface Run {
  ending: Ending;
  /** The last 8 KiB of both streams, without secrets. */
  output: string;
  /** Standard output as it is, at most 1 MiB. */
  stdout: string;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

export const STDOUT_BYTES = 1024 * 1024;
/** How long whoever was left behind may keep the pipes open after the program's end. */
const PIPE_GRACE_MS = 250;

/**
 * Runs a program in a process group of its own and waits for its end. Aborted, it ends the whole group
 * (SIGTERM, 5 s later SIGKILL), waits until it is gone, tells what it printed, and throws the signal's reason.
 * A program that ends by itself may leave a service behind: that one lives on.
 */
export async function run(
  program: Program,
  signal: AbortSignal,
  stopped: (output: string) => void = () => {},
): Promise<Run> {
  signal.throwIfAborted();
  let child: Child;
  try {
    child = spawn(program.file, program.args, {
      cwd: program.directory,
      env: program.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    return { ending: notStarted(error), output: '', stdout: '' };
  }
  const end = endOf(child);
  const { pid } = child;
  // Without a process there may be no pipes either.
  if (pid === undefined) return { ending: await end, output: '', stdout: '' };
  try {
    program.onStart?.(pid);
  } catch (error) {
    await killGroup(pid, 0);
    throw error;
  }

  const output = new Output(program.secrets);
  const stdout: Buffer[] = [];
  let size = 0;
  output.follow(child.stdout, (bytes) => {
    if (size < STDOUT_BYTES) stdout.push(bytes.subarray(0, STDOUT_BYTES - size));
    size += bytes.length;
  });
  output.follow(child.stderr);
  const closed = new Promise<void>((resolve) => child.once('close', resolve));

  let killed: Promise<void> | undefined;
  const abort = (): void => {
    killed = killGroup(pid, program.graceMs);
  };
  signal.addEventListener('abort', abort, { once: true });
  const ending = await end;
  signal.removeEventListener('abort', abort);
  if (killed === undefined) await Promise.race([closed, delay(PIPE_GRACE_MS, undefined, { ref: false })]);
  else await killed;
  await Promise.all([close(child.stdout), close(child.stderr)]);
  if (killed !== undefined) {
    stopped(output.tail());
    signal.throwIfAborted();
  }
  return { ending, output: output.tail(), stdout: Buffer.concat(stdout).toString() };
}

function endOf(child: Child): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('exit', (status, signal) => {
      resolve(signal === null ? { kind: 'exited', status: status ?? 0 } : { kind: 'killed', signal });
    });
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(notStarted(error));
    });
  });
}

/** Closed streams have told all that they held back. */
function close(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) return resolve();
    stream.once('close', resolve);
    stream.destroy();
  });
}

function notStarted(error: unknown): Ending {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return { kind: 'not_started', why: 'it, its folder, or the interpreter that its first line names is not there' };
    case 'EACCES':
      return { kind: 'not_started', why: 'the worker may not run it' };
    case 'EMFILE':
    case 'ENFILE':
      return { kind: 'not_started', why: 'too many files are open (ulimit -n)' };
    case 'E2BIG':
      return { kind: 'not_started', why: 'its arguments and environment are too long for this system' };
    default:
      return { kind: 'not_started', why: message };
  }
}
