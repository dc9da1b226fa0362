import { sql } from 'kysely';
import type { Db } from './rows';

/**
 * Runs work under a lock of the database. `locks` has connections of its own: the work may need others. The lock ends
 * with its transaction, which the database ends when its process stands still; `held` throws when that has happened.
 */
export function exclusivelyIn(locks: Db) {
  return async <T>(name: string, work: (held: () => Promise<void>) => Promise<T>): Promise<T> =>
    locks.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
      return work(async () => {
        await sql`select`.execute(tx);
      });
    });
}
