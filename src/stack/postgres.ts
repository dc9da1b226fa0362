import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { PostgresUnavailable } from './postgres-binaries';
import { POSTGRES_USER, postgresEnvironment, preparePostgresFolder, type PostgresFolder } from './postgres-folder';
import { isInUse, isTaken, readPostmaster, usesFolder, type Postmaster } from './postgres-process';

export interface PostgresOptions {
  /** Everything of it lies in `<state dir>/postgres`. */
  stateDir: string;
  /** A free one when absent. A server that is adopted keeps its own. */
  port?: number;
  /**
   * For tests: nothing is forced to the disk, it ends with this process, however that ends, and its folder goes
   * with it; the state folder too, if nothing else is in it.
   */
  throwaway?: boolean;
}

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
const READY_MS = 60_000;
const STOP_MS = 30_000;
const POLL_MS = 20;
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

async function launch(folder: PostgresFolder, options: PostgresOptions): Promise<ChildProcess> {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'shared_buffers=32MB',
    'max_connections=100',
    'log_checkpoints=off',
    ...(options.throwaway === true ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []),
  ];
  const port = options.port ?? (await freePort());
  const [program, args] = folder.account.command(folder.account.binaries.postgres, [
    ...['-D', folder.data, '-p', String(port)],
    ...settings.flatMap((setting) => ['-c', setting]),
  ]);
  const log = openSync(folder.log, 'a', 0o600);
  try {
    const child = spawn(program, args, {
      ...folder.account.spawn,
      cwd: folder.path,
      env: postgresEnvironment(),
      stdio: ['ignore', log, log],
      detached: true,
    });
    child.on('error', () => {});
    child.unref();
    if (options.throwaway === true && child.pid !== undefined) tether(child, child.pid, folder);
    return child;
  } finally {
    closeSync(log);
  }
}

/** The server, once it takes connections; undefined when it ended instead. */
async function untilReady(folder: PostgresFolder, child: ChildProcess): Promise<Postmaster | undefined> {
  const until = Date.now() + READY_MS;
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const postmaster = readPostmaster(folder.data);
    if (postmaster?.pid === child.pid && postmaster.status === 'ready') return postmaster;
    if (Date.now() > until) {
      child.kill('SIGQUIT');
      return undefined;
    }
    await delay(POLL_MS);
  }
  return undefined;
}

/** The server that uses the folder already, once it takes connections. */
async function adopt(folder: PostgresFolder): Promise<Postmaster | undefined> {
  const until = Date.now() + READY_MS;
  for (;;) {
    const postmaster = readPostmaster(folder.data);
    if (postmaster === undefined) return undefined;
    if (!usesFolder(postmaster.pid, folder.data)) {
      // Its number belongs to nobody, or to another process, or still to itself, dead and never reaped:
      // PostgreSQL would take the last two for a server. Without the file it doesn't look whether the folder is in use.
      if (!isTaken(postmaster.pid)) return undefined;
      while (isInUse(folder.data) && Date.now() < until) await delay(POLL_MS);
      rmSync(join(folder.data, 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (postmaster.status === 'ready') return postmaster;
    if (Date.now() > until) {
      throw new PostgresUnavailable(
        `A PostgreSQL (process ${postmaster.pid}) uses ${folder.data}, but it has not been ready for ${READY_MS / 1000} s. ` +
          `See ${folder.log}; if it hangs, end it with \`kill -QUIT ${postmaster.pid}\` and try again.`,
      );
    }
    await delay(POLL_MS);
  }
}

async function running(folder: PostgresFolder, { pid, port }: Postmaster, adopted: boolean): Promise<RunningPostgres> {
  const server = `postgres://${POSTGRES_USER}:${folder.password}@127.0.0.1:${port}`;
  await ensureDatabase(server, folder, pid);
  return { url: `${server}/${POSTGRES_USER}`, pid, adopted, stop: () => stop(folder, pid) };
}

async function ensureDatabase(server: string, folder: PostgresFolder, pid: number): Promise<void> {
  const client = new Client({ connectionString: `${server}/postgres`, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const found = await client.query('select from pg_database where datname = $1', [POSTGRES_USER]);
    if (found.rowCount === 0) await client.query(`create database ${POSTGRES_USER}`);
  } catch (error) {
    // Another process makes it at this very moment.
    if (['42P04', '23505'].includes((error as { code?: string }).code ?? '')) return;
    throw new PostgresUnavailable(
      `The PostgreSQL that runs from ${folder.path} (process ${pid}) doesn't let Belay in: ${(error as Error).message}. ` +
        `See ${folder.log}; end it with \`kill -INT ${pid}\` and try again.`,
    );
  } finally {
    await client.end().catch(() => {});
  }
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
    await delay(POLL_MS);
  }
}

/** Ends the server when this process is gone, even killed: then the pipe closes that the shell reads from. */
function tether(server: ChildProcess, pid: number, folder: PostgresFolder): void {
  const script = 'read -r _; kill -QUIT "$0" 2>/dev/null; sleep 1; rm -rf "$1"; rmdir "${1%/*}" 2>/dev/null';
  const stdio: StdioOptions = ['pipe', 'ignore', 'ignore'];
  const shell = spawn('/bin/sh', ['-c', script, String(pid), folder.path], { stdio, cwd: '/', detached: true });
  shell.on('error', () => {});
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  server.once('exit', () => shell.kill());
}

function startAgain(folder: PostgresFolder, options: PostgresOptions, log: string): boolean {
  if (log.includes('already exists') || readPostmaster(folder.data) !== undefined) return true;
  return options.port === undefined && log.includes('Address already in use');
}

function notStarted(folder: PostgresFolder, options: PostgresOptions, log: string): PostgresUnavailable {
  if (log.includes('Address already in use')) {
    return new PostgresUnavailable(
      `PostgreSQL couldn't start: port ${options.port ?? '(any free one)'} is in use. Give another one, or none.`,
    );
  }
  const said = log
    .split('\n')
    .filter((line) => /FATAL|ERROR|HINT|DETAIL/.test(line))
    .slice(-3)
    .join(' · ');
  return new PostgresUnavailable(
    `PostgreSQL couldn't start from ${folder.path}${said === '' ? '' : `: ${said}`}. ` +
      `See ${folder.log}, or set DATABASE_URL to a PostgreSQL server of yours.`,
  );
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
