import { sql } from 'kysely';
import { first, type Db } from './rows';
import type { WorkStore } from './work-store';

/**
 * How far ahead an instance may be. A database that was set back is behind by what was deployed since: never by a
 * million. A lie of that size, told every second, would take 280 years to exhaust the numbers.
 */
const MOST_AHEAD = 1_000_000;

/** Drawing the numbers that fence deployments off from each other: each is higher than all before it. */
export function generationsIn(db: Db) {
  return {
    async drawFor({ requestId, workflowId, runId }) {
      const drawn = sql<{ generation: number }>`
        select generation from draws where workflow_id = ${workflowId} and run_id = ${runId}`;
      const before = await first(drawn, db);
      if (before !== undefined) return before.generation;
      // Twice at once: the row lock lets one go first, and the other one's number is never used.
      await sql`
        with next as (update generations set highest = highest + 1 returning highest)
        insert into draws (generation, request_id, workflow_id, run_id, service, environment, fleet)
        select next.highest, id, ${workflowId}, ${runId}, spec ->> 'service', spec ->> 'environment',
          coalesce(spec -> 'fleet' ->> 'path', 'inventory')
        from next, requests where id = ${requestId}
        on conflict (workflow_id, run_id) do nothing`.execute(db);
      const now = await first(drawn, db);
      if (now === undefined) throw new Error(`There is no request ${requestId}`);
      return now.generation;
    },

    async drawRollback(generation) {
      await sql`
        with next as (
          update generations set highest = highest + 1
          where exists (select from deployments where generation = ${generation} and rollback_generation is null)
          returning highest
        )
        update deployments set rollback_generation = next.highest from next
        where generation = ${generation} and rollback_generation is null`.execute(db);
      const row = await first(
        sql<{ drawn: number | null }>`
          select rollback_generation as drawn from deployments where generation = ${generation}`,
        db,
      );
      if (typeof row?.drawn !== 'number') throw new Error(`There is no deployment ${generation}`);
      return row.drawn;
    },

    /** An instance obeys this one already: later ones must be higher. */
    async raiseGeneration(atLeast: number): Promise<boolean> {
      const row = await first(
        sql`update generations set highest = greatest(highest, ${atLeast})
          where ${atLeast} <= highest + ${MOST_AHEAD} returning highest`,
        db,
      );
      return row !== undefined;
    },

    async highestGeneration(): Promise<number> {
      const row = await first(sql<{ highest: number }>`select highest from generations`, db);
      return row?.highest ?? 0;
    },
  } satisfies Partial<WorkStore> & Record<'raiseGeneration' | 'highestGeneration', unknown>;
}
