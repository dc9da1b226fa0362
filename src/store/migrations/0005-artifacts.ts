import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- The digest of the artifact that versions came in, beside them wherever they stand; null: none, or nobody told.
alter table request_members add column artifact text, add column target_artifact text;
alter table members add column artifact text, add column target_artifact text, add column recorded_artifact text;
alter table snapshots add column artifact text;
alter table instances add column artifact text;
alter table instance_history add column artifact text;
alter table inventory add column artifact text, add column desired_artifact text;
alter table inventory_samples add column artifact text;

-- Whoever fetches an artifact shows a secret, not a name.
create index inventory_by_secret on inventory (secret_hash);
`;

/** Releases have an artifact. */
export const artifacts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
