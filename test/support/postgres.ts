import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type RunningPostgres } from '../../src/stack/postgres';
import { migrate } from '../../src/store';

/** Tells the workers of a jest run where its PostgreSQL is. */
const VARIABLE = 'BELAY_TEST_DATABASE_URL';
const TEMPLATE = 'belay_template';

interface Shared {
  server: RunningPostgres;
  folder: string;
}

/** Global set-up and teardown are modules of their own, once per project of a run: they meet here. */
const shared = globalThis as { belayTestPostgres?: Promise<Shared> };

/** One PostgreSQL for a whole jest run, with a migrated template. For a global set-up. */
export async function startTestPostgres(): Promise<void> {
  shared.belayTestPostgres ??= start();
  const { server } = await shared.belayTestPostgres;
  process.env[VARIABLE] = server.url;
}

/** For a global teardown. Without it the server ends with the process that started it. */
export async function stopTestPostgres(): Promise<void> {
  const running = shared.belayTestPostgres;
  delete shared.belayTestPostgres;
  if (running === undefined) return;
  const { server, folder } = await running;
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function start(): Promise<Shared> {
  const folder = await mkdtemp(join(tmpdir(), 'belay-test-postgres-'));
  const server = await startPostgres({ stateDir: folder, throwaway: true });
  await query(server.url, `create database ${TEMPLATE}`);
  await migrate(named(server.url, TEMPLATE));
  return { server, folder };
}

/** A database of a test's own. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A fresh database: migrated, unless it is to be empty. */
export async function createTestDatabase(content: 'migrated' | 'empty' = 'migrated'): Promise<TestDatabase> {
  const server = process.env[VARIABLE];
  if (server === undefined) throw new Error(`${VARIABLE} is not set: is startTestPostgres() in the global set-up?`);
  const name = `test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  await query(server, `create database ${name} template ${content === 'migrated' ? TEMPLATE : 'template0'}`);
  return {
    url: named(server, name),
    drop: async () => void (await query(server, `drop database if exists ${name} with (force)`)),
  };
}

/** A backup: what is in a database now, in another one. Whoever is connected to it is cut off for that moment. */
export async function copyTestDatabase({ url }: TestDatabase): Promise<TestDatabase> {
  const server = process.env[VARIABLE] ?? '';
  const name = `${new URL(url).pathname.slice(1)}_copy`;
  const source = new URL(url).pathname.slice(1);
  await query(server, `alter database ${source} allow_connections false`);
  await query(server, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${source}'`);
  await query(server, `create database ${name} template ${source}`);
  await query(server, `alter database ${source} allow_connections true`);
  return {
    url: named(server, name),
    drop: async () => void (await query(server, `drop database if exists ${name} with (force)`)),
  };
}

function named(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** Asks a database by a connection of its own. */
export async function query(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
