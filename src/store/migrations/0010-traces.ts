import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- What is begun, or sent, for a key carries this: whoever goes on with it finds that again.
alter table answers add column id uuid not null default gen_random_uuid();
-- To which deployments a message was sent.
alter table answers add column aim json;
-- Nobody works on it any more, and nobody knows how far it came.
alter table answers add column given_up boolean not null default false;
`;

/** How a request that was sent under a key is gone on with. */
export const traces: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
