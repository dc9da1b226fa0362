import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';

/** How long a server may take until it takes connections. */
export const POSTGRES_READY_MS = 60_000;
/** How often it is looked at while somebody waits for it. */
export const POSTGRES_POLL_MS = 20;

/** What postmaster.pid tells of the server that uses a data folder. */
export interface Postmaster {
  pid: number;
  port: number;
  /** `ready` once it takes connections. */
  status: string;
}

/** The server that says it uses this data folder; undefined when none does. */
export function readPostmaster(data: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number.isInteger(port) ? port : 0, status: lines[7]?.trim() ?? '' };
}

/** Whether the process is there and uses the folder: after a reboot its number may be somebody else's. */
export function usesFolder(pid: number, data: string): boolean {
  if (!isAlive(pid)) return false;
  try {
    // PostgreSQL makes its data folder its working directory.
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data);
  } catch {
    try {
      return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).includes(data);
    } catch {
      return false;
    }
  }
}

/** Whether any process is left that works in the folder: a killed server's own processes end a little later. */
export function isInUse(data: string): boolean {
  try {
    return readdirSync('/proc').some((name) => /^\d+$/.test(name) && worksIn(Number(name), realpathSync(data)));
  } catch {
    return false;
  }
}

function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder && isAlive(pid);
  } catch {
    return false;
  }
}

/** Whether a process has this number, dead or alive. */
export function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A zombie, which nobody may ever reap in a container, counts as gone. */
export function isAlive(pid: number): boolean {
  if (!isTaken(pid)) return false;
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
