import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { identityOf } from '../drivers/target/process-identity';
import { isAlive } from './processes';

const POLL_MS = 100;

/** Runs `body` while no other process holds the lock file; the lock of a process that died is taken over. */
export async function withLock<T>(file: string, onWait: (holder: number) => void, body: () => Promise<T>): Promise<T> {
  const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, `${process.pid}\n${identityOf(process.pid) ?? ''}\n`);
  let told = false;
  try {
    while (!take(own, file)) {
      const holder = holderOf(file);
      if (holder === undefined) continue;
      if (!lives(holder)) {
        takeAway(file, holder);
        continue;
      }
      if (!told) onWait(holder.pid);
      told = true;
      await delay(POLL_MS);
    }
  } finally {
    // The lock is a link of its own: whoever is killed while holding it leaves nothing else.
    rmSync(own, { force: true });
  }
  try {
    return await body();
  } finally {
    rmSync(file, { force: true });
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
function takeAway(file: string, dead: Holder): void {
  const moved = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, moved);
    const found = holderOf(moved);
    if (found?.pid !== dead.pid || found.identity !== dead.identity) take(moved, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    rmSync(moved, { force: true });
  }
}

/** Who took a lock. */
interface Holder {
  pid: number;
  /** What tells it from a later process of the same number, as after a boot. */
  identity: string;
}

function lives({ pid, identity }: Holder): boolean {
  return identity === '' ? isAlive(pid) : identityOf(pid) === identity;
}

function holderOf(file: string): Holder | undefined {
  try {
    const [number, identity = ''] = readFileSync(file, 'utf8').split('\n');
    const pid = Number(number);
    return Number.isInteger(pid) && pid > 0 ? { pid, identity } : undefined;
  } catch {
    return undefined;
  }
}
