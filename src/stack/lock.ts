import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { identityOf } from '../drivers/target/process-identity';
import { isAlive } from './processes';

const POLL_MS = 100;
const SOON_MS = 5;

/** Runs `body` while no other process holds the lock file; the lock of a process that died is taken over. */
export async function withLock<T>(file: string, onWait: (holder: number) => void, body: () => Promise<T>): Promise<T> {
  const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  let told = false;
  try {
    writeWhole(own, `${process.pid}\n${identityOf(process.pid) ?? ''}\n`);
    while (!take(own, file)) {
      const holder = holderOf(file);
      if (holder === undefined) continue;
      if (!lives(holder)) {
        takeAway(file, own, holder);
        await delay(SOON_MS);
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

/** A lock that is there after a power cut says whose it was. */
function writeWhole(file: string, text: string): void {
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
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

/** Of several who find the same dead holder one at a time takes its lock away, once it has seen that it is still there. */
function takeAway(file: string, own: string, dead: Holder): void {
  const taking = `${file}.taking`;
  if (!take(own, taking)) {
    const other = holderOf(taking);
    if (other !== undefined && !lives(other)) rmSync(taking, { force: true });
    return;
  }
  try {
    if (holderOf(file)?.text === dead.text) rmSync(file, { force: true });
  } finally {
    rmSync(taking, { force: true });
  }
}

/** Who took a lock. */
interface Holder {
  /** 0: what is there is no lock of ours, as a disk may leave it after a power cut. */
  pid: number;
  /** What tells it from a later process of the same number, as after a boot. */
  identity: string;
  text: string;
}

function lives({ pid, identity }: Holder): boolean {
  if (pid === 0) return false;
  return identity === '' ? isAlive(pid) : identityOf(pid) === identity;
}

/** Undefined: there is none. */
function holderOf(file: string): Holder | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    const [, pid = '0', identity = ''] = /^([1-9]\d{0,9})(?:\n(.*)\n)?$/.exec(text) ?? [];
    return { pid: Number(pid), identity, text };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
