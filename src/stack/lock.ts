import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './processes';

const POLL_MS = 100;

/** Runs `body` while no other process holds the lock file; the lock of a process that died is taken over. */
export async function withLock<T>(file: string, onWait: (holder: number) => void, body: () => Promise<T>): Promise<T> {
  const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, String(process.pid));
  let told = false;
  try {
    while (!take(own, file)) {
      const holder = holderOf(file);
      if (holder === undefined) continue;
      if (!isAlive(holder)) {
        takeAway(file, holder);
        continue;
      }
      if (!told) onWait(holder);
      told = true;
      await delay(POLL_MS);
    }
    try {
      return await body();
    } finally {
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** A link is made whole or not at all: nobody ever reads a lock without its holder. */
function take(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Of several who find the same dead holder one moves its lock away; a new holder's, moved by mistake, is put back. */
function takeAway(file: string, dead: number): void {
  const moved = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, moved);
    if (holderOf(moved) !== dead) take(moved, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    rmSync(moved, { force: true });
  }
}

function holderOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
