import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- Features that may be on for some users of an environment.
create table flags (
  environment text not null,
  key text not null,
  description text not null,
  enabled boolean not null,
  percent numeric(6, 3) not null check (percent between 0 and 100),
  -- As they were written: the order of variants and of the keys in their values is somebody's.
  variants json not null,
  default_variant text not null,
  off_value json not null,
  users text[] not null,
  rules json not null,
  -- Grows with every change of any flag, in the order of commits: whoever has seen one asks for what came after it.
  version bigint not null unique,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  changed_at timestamptz not null default clock_timestamp(),
  changed_by text not null,
  -- A deleted one stays as a mark for those who have it in memory.
  deleted_at timestamptz,
  primary key (environment, key)
);

-- Which flag a line of the event log is about.
alter table events add column flag text;
create index events_of_flags on events (environment, flag, id) where flag is not null;
`;

/** Feature flags. */
export const flags: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
