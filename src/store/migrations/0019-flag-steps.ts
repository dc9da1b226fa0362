import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- For how many users deployments have turned a flag on, and when: what is drawn afterwards.
create table flag_steps (
  id bigint generated always as identity primary key,
  generation bigint not null references deployments (generation) on delete cascade,
  key text not null,
  at timestamptz not null default clock_timestamp(),
  -- 0: off.
  percent numeric(6, 3) not null
);
create index flag_steps_of on flag_steps (generation, id);
`;

/** A deployment's features have a history. */
export const flagSteps: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
