import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- Who may ask for what over HTTP.
create table tokens (
  id bigint generated always as identity primary key,
  name text not null,
  -- SHA-256 of the secret: 256 random bits need no more than that.
  secret_hash bytea not null unique,
  role text not null,
  -- Null: all of them.
  environments text[],
  services text[],
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text
);
-- A name in the event log stands for one token at a time.
create unique index tokens_in_force on tokens (name) where revoked_at is null;

-- Answers to requests that may be sent twice.
create table answers (
  -- Whose key it is: a token's name.
  owner text not null,
  key text not null,
  -- SHA-256 of what was asked.
  request_hash bytea not null,
  asked_at timestamptz not null default clock_timestamp(),
  -- Null: it is being worked on, or whoever worked on it is gone.
  status int,
  body json,
  primary key (owner, key)
);
`;

/** Who may ask for what, and what was answered to whom. */
export const tokens: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
