import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- Since when without a gap, and until when, somebody has listened to heartbeats. No row: nobody ever said so.
create table hearing (
  only_row boolean primary key default true check (only_row),
  since timestamptz not null,
  until timestamptz not null
);
`;

/** Whether a silence is an instance's, or nobody's who could have heard it. */
export const hearing: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
