import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- How often somebody has asked for a look at a deployment's instances, and which of these was taken.
alter table deployments add column looks_asked int not null default 0;
alter table deployments add column looks_done int not null default 0;
`;

/** Deployments that are looked at when somebody asks. */
export const looks: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
