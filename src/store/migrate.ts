import { Kysely, Migrator, PostgresDialect, sql } from 'kysely';
import { StoreTooNew } from './errors';
import { MIGRATIONS } from './migrations';
import { createPool } from './pool';

/** Brings a database to the current schema. */
export async function migrate(databaseUrl: string): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: createPool(databaseUrl, 1) }) });
  try {
    await migrateWith(db);
  } finally {
    await db.destroy();
  }
}

/** As `migrate`. Any number of processes may do this at once: a lock in the database lets one go first. */
export async function migrateWith(db: Kysely<unknown>): Promise<void> {
  const before = await applied(db);
  refuseNewer(before);
  if (before.length === Object.keys(MIGRATIONS).length) return;
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    refuseNewer(await applied(db));
    throw error as Error;
  }
}

/** Whether the database has this version's tables; changes nothing. */
export async function isMigrated(db: Kysely<unknown>): Promise<boolean> {
  return (await applied(db)).length === Object.keys(MIGRATIONS).length;
}

/** The names of the migrations that the database has had; asked for by one short question, as every start does. */
async function applied(db: Kysely<unknown>): Promise<string[]> {
  const exists = await sql<{ there: boolean }>`select to_regclass('kysely_migration') is not null as there`.execute(db);
  if (exists.rows[0]?.there !== true) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map((row) => row.name);
}

function refuseNewer(names: string[]): void {
  const unknown = names.filter((name) => !(name in MIGRATIONS));
  if (unknown.length === 0) return;
  throw new StoreTooNew(
    `The database was set up by a newer Belay (it has had ${unknown.join(', ')}). Use that version, or another database.`,
  );
}
