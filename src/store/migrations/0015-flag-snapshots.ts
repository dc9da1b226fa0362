import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- What a flag was like before a deployment first touched it, and what the deployment has made of it.
create table flag_snapshots (
  generation bigint not null references deployments (generation) on delete cascade,
  environment text not null,
  key text not null,
  -- The whole row, as it was written: the order of the keys in its values is somebody's.
  before json not null,
  -- What it was set to last; null: off.
  set_percent numeric(6, 3),
  -- Since then it is as it was before.
  restored_at timestamptz,
  primary key (generation, environment, key)
);
create function refuse_flag_snapshot_change() returns trigger language plpgsql as $$
begin
  raise exception 'what a flag was before a deployment is never changed once it is stored'
    using errcode = 'restrict_violation';
end $$;
create trigger flag_snapshots_stay before update on flag_snapshots for each row
  when (old.before::text is distinct from new.before::text) execute function refuse_flag_snapshot_change();

-- What became of each time that a deployment set flags: repeated, it is answered the same.
create table flag_acts (
  generation bigint not null references deployments (generation) on delete cascade,
  number int not null,
  -- Why it couldn't be done; null: it was.
  fault text,
  done_at timestamptz not null default clock_timestamp(),
  primary key (generation, number)
);

-- The latest deployment that has set a flag: an earlier one changes it no more.
alter table flags add column set_by_generation bigint;
`;

/** Deployments set flags, and put them back. */
export const flagSnapshots: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
