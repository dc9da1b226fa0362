import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
alter table requests drop constraint requests_kind_check;
alter table requests add constraint requests_kind_check check (kind in ('deploy', 'rollback', 'reconcile'));

-- A repair that was aborted because a deployment came.
alter table deployments add column superseded boolean not null default false;

-- Since when it is who it is: registering without its secret makes it a newcomer. And when it registered last.
alter table inventory add column joined_at timestamptz not null default clock_timestamp();
alter table inventory add column enrolled_at timestamptz not null default clock_timestamp();
update inventory set joined_at = registered_at, enrolled_at = registered_at;
-- It was written down that its heartbeats have stopped.
alter table inventory add column told_silent boolean not null default false;

-- One row: what the workers are configured to do, and when a sweep began last.
create table reconciliation (
  only_row boolean primary key default true check (only_row),
  mode text not null,
  interval_ms bigint not null,
  swept_at timestamptz
);

-- Instances that differed from what they are to run when they were last looked at: each is told once.
create table drift (
  environment text not null,
  service text not null,
  name text collate "C" not null,
  kind text not null,
  found_at timestamptz not null default clock_timestamp(),
  primary key (environment, service, name)
);

-- Why the last repair that was to begin was refused.
create table repair_refusals (
  environment text not null,
  service text not null,
  reason text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (environment, service)
);
`;

/** What is to run outside of deployments, and who differs from it. */
export const reconciliation: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
