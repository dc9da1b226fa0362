import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresUnavailable } from './postgres-binaries';
import type { PostgresFolder } from './postgres-folder';
import {
  isInUse,
  isTaken,
  POSTGRES_POLL_MS,
  POSTGRES_READY_MS,
  readPostmaster,
  usesFolder,
  type Postmaster,
} from './postgres-process';

/** The server that uses the folder already, once it takes connections. */
export async function adopt(folder: PostgresFolder): Promise<Postmaster | undefined> {
  const until = Date.now() + POSTGRES_READY_MS;
  for (;;) {
    const postmaster = readPostmaster(folder.data);
    if (postmaster === undefined) return undefined;
    if (!usesFolder(postmaster.pid, folder.data)) {
      // Its number belongs to nobody, or to another process, or still to itself, dead and never reaped:
      // PostgreSQL would take the last two for a server. Without the file it doesn't look whether the folder is in use.
      if (!isTaken(postmaster.pid)) return undefined;
      while (isInUse(folder.data) && Date.now() < until) await delay(POSTGRES_POLL_MS);
      rmSync(join(folder.data, 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (postmaster.status === 'ready') return postmaster;
    if (Date.now() > until) {
      throw new PostgresUnavailable(
        `A PostgreSQL (process ${postmaster.pid}) uses ${folder.data}, but it has not been ready for ${POSTGRES_READY_MS / 1000} s. ` +
          `See ${folder.log}; if it hangs, end it with \`kill -QUIT ${postmaster.pid}\` and try again.`,
      );
    }
    await delay(POSTGRES_POLL_MS);
  }
}
