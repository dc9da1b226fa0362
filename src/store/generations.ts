import { sql } from 'kysely';
import { insertEvent } from './events';
import { first, type Db } from './rows';
import type { WorkStore } from './work-store';

/**
 * How far all instances together may move the sequence in a day. A database that was set back is behind by what was
 * deployed since: never by a million. Lies of that size, told every day, would take millions of years to exhaust the
 * numbers.
 */
const MOST_A_DAY = 1_000_000;
/** One that is ahead is so once after a database was set back: it says so again only by a lie. */
const ONCE_IN = sql.raw("interval '10 minutes'");

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

    /** An instance obeys this one already: later ones must be higher. False: that can't be true. */
    async raiseGeneration(atLeast: number, instance: string): Promise<boolean> {
      return db.transaction().execute(async (tx) => {
        const now = await first(sql<{ highest: number }>`select highest from generations for update`, tx);
        const highest = now?.highest ?? 0;
        if (atLeast <= highest) return true;
        const amount = atLeast - highest;
        await sql`delete from raises where at < clock_timestamp() - interval '1 day'`.execute(tx);
        const before = await first(
          sql<{ moved: number; lately: boolean }>`
            select coalesce(sum(amount), 0)::float8 as moved,
              coalesce(bool_or(instance = ${instance} and at > clock_timestamp() - ${ONCE_IN}), false) as lately
            from raises`,
          tx,
        );
        if (before === undefined || before.lately || before.moved + amount > MOST_A_DAY) return false;
        await sql`update generations set highest = ${atLeast}`.execute(tx);
        await sql`insert into raises (instance, amount) values (${instance}, ${amount})`.execute(tx);
        const reason = `from ${highest} to ${atLeast}: it reports that it obeyed that; was the database set back?`;
        await insertEvent(tx, { instance, type: 'generation_raised', by: instance, reason });
        return true;
      });
    },

    async highestGeneration(): Promise<number> {
      const row = await first(sql<{ highest: number }>`select highest from generations`, db);
      return row?.highest ?? 0;
    },
  } satisfies Partial<WorkStore> & Record<'raiseGeneration' | 'highestGeneration', unknown>;
}
