import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isAlive } from '../../src/stack/processes';
import { until } from './until';

export interface Found {
  pid: number;
  command: string;
}

/** Every living process that has to do with a folder, by its command line, its environment, or where it is. Only Linux tells. */
export function processesOf(folder: string): Found[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const command = told(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
      .replaceAll('\0', ' ')
      .trim();
    const about = [
      command,
      told(() => readlinkSync(`/proc/${pid}/cwd`)),
      told(() => readFileSync(`/proc/${pid}/environ`, 'utf8')),
    ];
    return about.some((text) => text.includes(folder)) && isAlive(pid) ? [{ pid, command }] : [];
  });
}

/** Kills them all at once, and waits until none is left. */
export async function killAll(found: Found[]): Promise<void> {
  for (const { pid } of found) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended with another one.
    }
  }
  await until('their end', 10_000, () => found.every(({ pid }) => !isAlive(pid)));
}

/** What a process that has just ended doesn't tell. */
function told(ask: () => string): string {
  try {
    return ask();
  } catch {
    return '';
  }
}
