import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a process with this id lives. */
export function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs `body` while no other process holds the lock file; a lock whose holder died is taken over. */
export async function withLock(file, onWait, body) {
  mkdirSync(dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  const drop = () => {
    rmSync(own, { force: true });
    if (held) rmSync(file, { force: true });
  };
  let held = false;
  process.once('exit', drop);
  try {
    for (let waited = false; !held;) {
      try {
        // A link either is made whole or is not: nobody ever reads a lock without its holder.
        linkSync(own, file);
        held = true;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
        const holder = holderOf(file);
        if (holder === undefined) continue;
        if (!alive(holder)) {
          rmSync(file, { force: true });
          continue;
        }
        if (!waited) onWait(holder);
        waited = true;
        await sleep(200);
      }
    }
    return await body();
  } finally {
    drop();
    process.off('exit', drop);
  }
}

function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
