import { Client } from 'pg';
import { PostgresUnavailable } from './postgres-binaries';
import { POSTGRES_USER, type PostgresFolder } from './postgres-folder';

/** Makes Belay's database on a server that hasn't got it yet. */
export async function ensureDatabase(server: string, folder: PostgresFolder, pid: number): Promise<void> {
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
