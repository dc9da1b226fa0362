import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
create table freezes (
  id bigint generated always as identity primary key,
  -- Null: all of them. A service is named with its environment only.
  environment text,
  service text,
  by text not null,
  reason text not null,
  since timestamptz not null default clock_timestamp(),
  -- Null: until somebody lifts it.
  until timestamptz,
  lifted_at timestamptz,
  lifted_by text,
  lifted_reason text,
  check (environment is not null or service is null),
  check ((lifted_at is null) = (lifted_by is null))
);

-- Why it may begin although it is frozen.
alter table requests add column override_freeze text;
`;

/** What must not be deployed to for a while, and who deploys there all the same. */
export const freezes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
