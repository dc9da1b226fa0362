import { sql, type Kysely, type Migration } from 'kysely';

/** Health is 0–3 and versions are two columns wherever they stand; no versions: nobody knows. */
const SCHEMA = `
-- One row: the highest generation drawn so far. A row lock makes drawing and raising safe at once.
create table generations (
  only_row boolean primary key default true check (only_row),
  highest bigint not null
);
insert into generations (highest) values (0);

create table requests (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('deploy', 'rollback')),
  spec json not null,
  actor text not null,
  note text,
  rollback_of bigint,
  expected json,
  created_at timestamptz not null default now()
);

create table request_members (
  request_id uuid not null references requests on delete cascade,
  ordinal int not null,
  name text not null,
  address text,
  labels json not null,
  code_version text,
  configuration_version text,
  health smallint,
  -- A rollback's target; present when its health is.
  target_code_version text,
  target_configuration_version text,
  target_health smallint,
  primary key (request_id, ordinal),
  unique (request_id, name)
);

-- Which execution drew which generation, and for what. The fleet is a name, or the real path of the fleet's file.
create table draws (
  generation bigint primary key,
  request_id uuid not null references requests,
  workflow_id text not null,
  run_id text not null,
  service text not null,
  environment text not null,
  fleet text not null,
  drawn_at timestamptz not null default now(),
  unique (workflow_id, run_id)
);

create table deployments (
  generation bigint primary key references draws,
  request_id uuid not null references requests,
  workflow_id text not null,
  run_id text not null,
  service text not null,
  environment text not null,
  status text not null,
  rollback_generation bigint unique,
  rollback_of bigint,
  document json not null,
  -- What its begin answered.
  answer json,
  snapshot_file text,
  started_at timestamptz not null default now(),
  ended_at timestamptz
) with (fillfactor = 50);
create index deployments_by_service on deployments (environment, service, generation desc);
create index deployments_in_flight on deployments (generation) where ended_at is null;
create index deployments_by_snapshot_file on deployments (snapshot_file, generation) where snapshot_file is not null;

create table members (
  generation bigint not null references deployments on delete cascade,
  ordinal int not null,
  name text not null,
  address text,
  labels json not null,
  code_version text,
  configuration_version text,
  health smallint,
  target_code_version text,
  target_configuration_version text,
  target_health smallint,
  -- What it was last known to run within this deployment; present when its health is.
  recorded_code_version text,
  recorded_configuration_version text,
  recorded_health smallint,
  has_left boolean not null default false,
  primary key (generation, ordinal),
  -- In this order: without statistics yet, the planner would take an index on (generation, …) for the primary key's work.
  unique (name, generation)
) with (fillfactor = 70);

-- Taken before the deployment is there, so that a begin that is refused leaves neither.
create table snapshots (
  generation bigint not null references draws,
  ordinal int not null,
  code_version text,
  configuration_version text,
  health smallint not null,
  excluded boolean not null,
  unreachable boolean not null,
  taken_at timestamptz not null default now(),
  primary key (generation, ordinal)
);
create function refuse_snapshot_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if not exists (select from deployments where generation = old.generation) then
      return old;
    end if;
  end if;
  raise exception 'snapshots are never changed once they are stored' using errcode = 'restrict_violation';
end $$;
create trigger snapshots_stay before update or delete on snapshots for each row execute function refuse_snapshot_change();
create trigger snapshots_stay_all before truncate on snapshots execute function refuse_snapshot_change();

create table claims (
  fleet text collate "C" not null,
  name text collate "C" not null,
  generation bigint not null references draws,
  primary key (fleet, name)
);
create index claims_by_generation on claims (generation);

-- Every start of a change; without an end: in flight, or lost with its worker. Attempts count on over rounds.
create table attempts (
  generation bigint not null,
  ordinal int not null,
  towards text not null check (towards in ('release', 'snapshot')),
  round int not null,
  attempt int not null,
  -- The generation that the instance was shown.
  fence bigint not null,
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  ok boolean,
  reason text,
  output text,
  primary key (generation, ordinal, towards, attempt),
  foreign key (generation, ordinal) references members
);

create table outcomes (
  generation bigint not null,
  ordinal int not null,
  towards text not null check (towards in ('release', 'snapshot')),
  round int not null,
  name text not null,
  result text not null,
  attempts int not null,
  reason text,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (generation, ordinal, towards, round),
  foreign key (generation, ordinal) references members
);

-- What each read of the fleet during a deployment was answered with.
create table membership_reads (
  generation bigint not null references deployments,
  read int not null,
  answer json not null,
  primary key (generation, read)
);

create table events (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  generation bigint,
  -- Counts a deployment's events, so that a repeated one is stored once.
  sequence int,
  service text,
  environment text,
  instance text,
  type text not null,
  by text,
  reason text,
  unique (generation, sequence)
);

-- What Belay last recorded of every instance it has met.
create table instances (
  fleet text not null,
  name text not null,
  service text not null,
  environment text not null,
  code_version text,
  configuration_version text,
  health smallint not null,
  since timestamptz not null default clock_timestamp(),
  generation bigint not null,
  -- Found running it, before any change of that deployment.
  found boolean not null,
  primary key (fleet, name)
) with (fillfactor = 70);
create index instances_by_service on instances (environment, service);

create table instance_history (
  id bigint generated always as identity primary key,
  fleet text not null,
  name text not null,
  service text not null,
  environment text not null,
  code_version text,
  configuration_version text,
  since timestamptz not null,
  generation bigint not null,
  found boolean not null
);
create index instance_history_by_name on instance_history (name, id);

-- The reality of simulated instances, where it differs from what their members are listed with.
create table simulated_instances (
  generation bigint not null,
  ordinal int not null,
  -- The highest generation that it obeyed.
  obeyed bigint not null,
  state json not null,
  primary key (generation, ordinal)
);
`;

/** Everything a rolling deployment needs to remember. */
export const foundation: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
