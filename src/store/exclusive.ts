import { sql } from 'kysely';
import type { Db } from './rows';

/** Runs work under a lock of the database. `locks` has connections of its own: the work may need others. */
export function exclusivelyIn(locks: Db) {
  return async <T>(name: string, work: () => Promise<T>): Promise<T> =>
    locks.connection().execute(async (connection) => {
      await sql`select pg_advisory_lock(hashtextextended(${name}, 0))`.execute(connection);
      try {
        return await work();
      } finally {
        await sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`.execute(connection);
      }
    });
}
