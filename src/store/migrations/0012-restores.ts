import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- The generation whose target is what the instance itself ran before. A number, so that whoever sets a newer target and doesn't
-- know of this says nothing by it.
alter table inventory add column restore_generation bigint;
`;

/** Whether an instance is told to go back, or to run something anew. */
export const restores: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
