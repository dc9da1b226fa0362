import { Client } from 'pg';
import { withoutPassword } from '../store';
import { MIGRATIONS } from '../store/migrations';
import type { Check } from './doctor';
import type { Endpoints } from './endpoints';

const CONNECT_MS = 5_000;
const CLOCK_MS = 2_000;

/** Whether the database can be reached and has its tables, and whether its clock agrees with this machine's. */
export async function databaseChecks(running: Endpoints | undefined, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const name = 'PostgreSQL';
  const url = env.DATABASE_URL || running?.database_url;
  if (url === undefined) {
    const remedy = '`belay dev` or a deployment starts one; or set DATABASE_URL to yours';
    return [{ name, state: 'warning', detail: 'none runs, none is configured', remedy }];
  }
  const place = withoutPassword(url);
  let client: Client | undefined;
  try {
    client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, query_timeout: CONNECT_MS });
    client.on('error', () => {});
    await client.connect();
    const version = await client.query<{ server_version: string }>('show server_version');
    const detail = `${version.rows[0]?.server_version ?? ''} at ${place}`;
    return [{ name, state: 'ok', detail }, await tablesCheck(client), await clockCheck(client)];
  } catch (error) {
    const detail = `${place} can't be used: ${(error as Error).message || (error as NodeJS.ErrnoException).code}`;
    const remedy = 'is it running, and is DATABASE_URL right (postgres://user:password@host:port/database)?';
    return [{ name, state: 'failed', detail, remedy }];
  } finally {
    await client?.end().catch(() => {});
  }
}

async function tablesCheck(client: Client): Promise<Check> {
  const name = 'tables';
  const there = await client.query<{ there: boolean }>("select to_regclass('kysely_migration') is not null as there");
  const done =
    there.rows[0]?.there === true
      ? (await client.query<{ name: string }>('select name from kysely_migration')).rows
      : [];
  const names = done.map((row) => row.name);
  const missing = Object.keys(MIGRATIONS).filter((migration) => !names.includes(migration));
  const unknown = names.filter((migration) => !(migration in MIGRATIONS));
  if (unknown.length > 0) {
    const remedy = 'use the newer Belay that made them, or another database';
    return { name, state: 'failed', detail: `this Belay doesn't know ${unknown.join(', ')}`, remedy };
  }
  if (missing.length === 0) return { name, state: 'ok', detail: `up to date (${names.length})` };
  return { name, state: 'failed', detail: `${missing.join(', ')} not done yet`, remedy: '`belay setup`' };
}

/** Compared with the middle of the time that the question took. */
async function clockCheck(client: Client): Promise<Check> {
  const asked = Date.now();
  const { rows } = await client.query<{ ms: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
  );
  const off = Math.round((rows[0]?.ms ?? 0) - (asked + Date.now()) / 2);
  const detail = `${Math.abs(off)} ms ${off < 0 ? 'behind' : 'ahead'} at the database`;
  if (Math.abs(off) <= CLOCK_MS) return { name: 'clock', state: 'ok', detail };
  return {
    name: 'clock',
    state: 'warning',
    detail,
    remedy: 'synchronise the clocks (NTP): times in the history are off',
  };
}
