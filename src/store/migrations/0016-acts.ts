import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- What became of what a deployment did to something other than an instance: a shift of requests, a hook, flags.
create table acts (
  generation bigint not null references deployments (generation) on delete cascade,
  -- Counted by the deployment's workflow.
  number int not null,
  kind text not null,
  answer jsonb not null,
  at timestamptz not null default clock_timestamp(),
  primary key (generation, number)
);
`;

/** A deployment does more than change instances. */
export const acts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
