import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- Who is to be told of new lines of the event log. One that no worker wants any more is forgotten after a day.
create table notification_targets (
  key text primary key,
  wanted_at timestamptz not null default clock_timestamp(),
  -- Failed ones in a row, and when the next may be made.
  attempts int not null default 0,
  next_at timestamptz not null default clock_timestamp(),
  -- The worker that sends, and until when no other does.
  leased_by text,
  leased_until timestamptz
);

-- Lines that a target is still to be told. Numbers of lines become visible out of order: a row for each is missed by nobody.
create table notifications (
  target text not null,
  event bigint not null,
  primary key (target, event)
);

create function note_for_targets() returns trigger language plpgsql as $$
begin
  insert into notifications (target, event)
  select t.key, fresh.id from fresh cross join notification_targets t;
  return null;
end $$;

create trigger note_for_targets after insert on events
referencing new table as fresh for each statement execute function note_for_targets();
`;

/** People and programs are told what happens. */
export const notifications: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
