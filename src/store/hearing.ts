import { sql } from 'kysely';
import type { InventoryStore } from './inventory-types';
import type { Db } from './rows';

/** Whoever listens says so this often, and hasn't listened when that is so long ago. */
export const HEARING_EVERY_MS = 2_000;
const GAP = sql.raw("interval '4 seconds'");

/**
 * Whether an instance's heartbeats have stopped. Only the time counts in which somebody could have heard one: while every
 * API is down nobody falls silent, and when one is back each has its whole time again.
 */
export const SILENT = silentIn('');

/** As SILENT, of a row by a name of its own where there are several: `known.`. */
export function silentIn(row: string) {
  const [seen, unknownAfter] = [sql.raw(`${row}seen_at`), sql.raw(`${row}unknown_after`)];
  return sql<boolean>`(greatest(${seen}, (select since from hearing)) + ${unknownAfter}
    < coalesce((select until from hearing), clock_timestamp()))`;
}

/** Who listens to heartbeats. */
export function hearingIn(db: Db) {
  return {
    async hearing() {
      await sql`
        insert into hearing as h (since, until) values (clock_timestamp(), clock_timestamp())
        on conflict (only_row) do update set until = clock_timestamp(),
          since = case when h.until + ${GAP} < clock_timestamp() then clock_timestamp() else h.since end`.execute(db);
    },
  } satisfies Partial<InventoryStore>;
}
