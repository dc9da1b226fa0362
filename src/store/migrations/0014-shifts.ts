import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- What share of requests a release was given when. confirmed_ms: until every router had it; null: they have not, yet.
create table shifts (
  generation bigint not null references deployments (generation) on delete cascade,
  number int not null,
  at timestamptz not null,
  weight float8 not null,
  confirmed_ms bigint,
  primary key (generation, number)
);

-- The percent of requests that the release had then; null: nobody knows.
alter table measurements add column weight float8;

-- Measurements that are too old, or too many, to be kept one by one: a few points for each check, see domain/analysis/history.ts.
create table measurement_rollups (
  generation bigint primary key references deployments (generation) on delete cascade,
  points jsonb not null
);
`;

/** What a release had of the requests, and what was measured of it, can be read long afterwards. */
export const shifts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
