import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;

/** Whether a process lives; a zombie, which nobody may ever reap in a container, counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

/** Whether the process lives and has this text on its command line: its number may be somebody else's by now. */
export function runsWith(pid: number, text: string): boolean {
  if (!isAlive(pid)) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
  } catch {
    try {
      return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).includes(text);
    } catch {
      return false;
    }
  }
}

/** Asks a process to end, waits for its end, and kills it when that takes too long. */
export async function endProcess(
  pid: number,
  patienceMs: number,
  lives: () => boolean = () => isAlive(pid),
): Promise<void> {
  for (const [signal, ms] of [
    ['SIGTERM', patienceMs],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!lives()) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (const until = Date.now() + ms; lives() && Date.now() < until;) await delay(POLL_MS);
  }
}
