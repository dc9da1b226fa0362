import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- Instances that registered themselves, with what they last reported and what they are to run.
create table inventory (
  name text primary key,
  ip text not null,
  port int,
  labels jsonb not null,
  -- SHA-256 of what the instance proves itself with.
  secret_hash bytea not null,
  registered_at timestamptz not null default clock_timestamp(),
  deleted_at timestamptz,
  excluded_at timestamptz,
  excluded_by text,
  excluded_reason text,

  -- The last heartbeat; registering counts as one that tells nothing.
  seen_at timestamptz not null default clock_timestamp(),
  -- Without a heartbeat for this long, nobody knows how it is.
  unknown_after interval not null,
  beats bigint not null default 0,
  health smallint not null default 0,
  code_version text,
  configuration_version text,
  generation bigint not null default 0,
  -- The attempt of that generation that it made last; null: it doesn't tell.
  attempt int,
  -- Why it isn't healthy, in its own words.
  reason text,
  -- Since when it has reported these versions and this generation, and since when this health with them, without a gap.
  versions_since timestamptz not null default clock_timestamp(),
  health_since timestamptz not null default clock_timestamp(),
  -- How often it was healthy on these versions and then was not.
  flaps int not null default 0,

  -- What it is to run; nothing while nobody has said so.
  desired_code_version text,
  desired_configuration_version text,
  desired_generation bigint,
  desired_attempt int,
  desired_since timestamptz
) with (fillfactor = 50);
create index inventory_by_labels on inventory using gin (labels jsonb_path_ops);

-- The last heartbeats of each: a ring, so that it never grows.
create table inventory_samples (
  name text not null references inventory on delete cascade,
  slot int not null,
  at timestamptz not null,
  health smallint not null,
  code_version text,
  configuration_version text,
  generation bigint not null,
  metrics json,
  primary key (name, slot)
) with (fillfactor = 50);
`;

/** Instances that report by themselves. */
export const inventory: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
