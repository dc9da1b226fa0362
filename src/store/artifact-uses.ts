import { sql } from 'kysely';
import { INVENTORY } from '../domain/fleet';
import type { Db } from './rows';

/** Who still needs an artifact: deployments in flight, and instances that run it or are to run it; in words, few. */
export async function artifactUsesIn(db: Db, digest: string, most = 10): Promise<string[]> {
  const { rows } = await sql<{ use: string }>`
    select d.environment || '/' || d.service || '/' || d.generation || ' brings it' as use
    from deployments d join requests r on r.id = d.request_id
    where d.ended_at is null and r.spec -> 'release' ->> 'artifact' = ${digest}
    union
    select d.environment || '/' || d.service || '/' || d.generation || ' may go back to it'
    from deployments d join members m using (generation) left join snapshots s using (generation, ordinal)
    where d.ended_at is null and ${digest} in (s.artifact, m.target_artifact)
    union
    select name || ' is to run it' from inventory
    where desired_artifact = ${digest} and artifact is distinct from ${digest} and deleted_at is null
    union
    select name || ' runs it' from inventory where artifact = ${digest} and deleted_at is null
    union
    select i.name || ' of ' || i.environment || '/' || i.service || ' runs it, as far as is known'
    from instances i where i.artifact = ${digest} and not (i.fleet = ${INVENTORY} and exists (
      select from inventory v where v.name = i.name and (v.deleted_at is not null or v.artifact is not null)))
    order by use limit ${most}`.execute(db);
  return rows.map((row) => row.use);
}
