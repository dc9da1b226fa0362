import { sql, type Kysely, type Migration } from 'kysely';

/** Each group of a fleet may have routers of its own. */
export const groupsWithRouters: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    // Null: the routers of all.
    await sql`alter table shifts add column fleet_group text`.execute(db);
  },
};
