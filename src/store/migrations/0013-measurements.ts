import { sql, type Kysely, type Migration } from 'kysely';

const SCHEMA = `
-- What was measured of a release while it was watched, and what was made of it.
create table measurements (
  generation bigint not null references deployments (generation) on delete cascade,
  number int not null,
  measured_from timestamptz not null,
  measured_until timestamptz not null,
  verdict text not null,
  text text not null,
  findings jsonb not null,
  primary key (generation, number)
);
`;

/** Releases are judged by what is measured of them. */
export const measurements: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(SCHEMA).execute(db);
  },
};
