import { readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { adopt } from './postgres-adopt';
import { ensureDatabase } from './postgres-database';
import { notStarted, startAgain } from './postgres-fault';
import { POSTGRES_USER, preparePostgresFolder, type PostgresFolder } from './postgres-folder';
import { launch, untilReady } from './postgres-launch';
import type { PostgresOptions } from './postgres-options';
import { POSTGRES_POLL_MS, usesFolder, type Postmaster } from './postgres-process';

/** A PostgreSQL of Belay's own that takes connections. */
export interface RunningPostgres {
  /** With its password: not for printing. */
  url: string;
  pid: number;
  /** It was running already: whoever started it is gone, or shares it. */
  adopted: boolean;
  /** Ends it in order, and waits for its end. */
  stop(): Promise<void>;
}

const STARTS = 5;
const STOP_MS = 30_000;
const LOG_BYTES = 5_000_000;

/**
 * Starts PostgreSQL on this machine only, or adopts the one that runs from the same folder already:
 * it outlives a killed Node. A terminal's Ctrl-C doesn't reach it.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const folder = await preparePostgresFolder(options.stateDir, { fast: options.throwaway ?? false });
  for (let start = 1; ; start++) {
    const adopted = await adopt(folder);
    if (adopted !== undefined) return running(folder, adopted, true);
    if (sizeOf(folder.log) > LOG_BYTES) renameSync(folder.log, `${folder.log}.old`);
    const written = sizeOf(folder.log);
    const child = await launch(folder, options);
    const postmaster = await untilReady(folder, child);
    if (postmaster !== undefined) return running(folder, postmaster, false);
    // The port was taken meanwhile, or another process started it first: look again.
    const log = readFileSync(folder.log, 'utf8').slice(written);
    if (start === STARTS || !startAgain(folder, options, log)) throw notStarted(folder, options, log);
  }
}

async function running(folder: PostgresFolder, { pid, port }: Postmaster, adopted: boolean): Promise<RunningPostgres> {
  const server = `postgres://${POSTGRES_USER}:${folder.password}@127.0.0.1:${port}`;
  await ensureDatabase(server, folder, pid);
  return { url: `${server}/${POSTGRES_USER}`, pid, adopted, stop: () => stop(folder, pid) };
}

/** Fast shutdown: whoever is connected is sent away, and what was committed is written. */
async function stop(folder: PostgresFolder, pid: number): Promise<void> {
  if (!usesFolder(pid, folder.data)) return;
  process.kill(pid, 'SIGINT');
  const until = Date.now() + STOP_MS;
  while (usesFolder(pid, folder.data)) {
    if (Date.now() > until) {
      process.kill(pid, 'SIGQUIT');
      return;
    }
    await delay(POSTGRES_POLL_MS);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
