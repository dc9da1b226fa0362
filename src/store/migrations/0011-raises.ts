import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- How far the sequence of generations was moved by what instances reported. Those of the last day count.
create table raises (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  instance text not null,
  amount bigint not null
);
create index raises_by_time on raises (at);
`;

/** What instances may do to the sequence of generations. */
export const raises: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
