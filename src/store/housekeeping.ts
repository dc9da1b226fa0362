import { sql } from 'kysely';
import type { Db } from './rows';

const DAYS_KEPT = 30;
const MOST = 500;

/** Clearing away what nobody needs any more. */
export function housekeepingIn(db: Db) {
  return {
    /**
     * Deletes requests that never began, after 30 days, and the generations that were drawn for them. Some at a time:
     * nobody waits for it. One that has taken something stays: whoever needs that asks what became of it.
     * @returns how many were deleted
     */
    async forgetRefused(most = MOST): Promise<number> {
      const { rows } = await sql`
        with old as (
          select r.id from requests r
          where r.created_at < now() - make_interval(days => ${DAYS_KEPT})
            and not exists (select from deployments d where d.request_id = r.id)
            and not exists (
              select from draws w where w.request_id = r.id
                and (exists (select from claims c where c.generation = w.generation)
                  or exists (select from snapshots s where s.generation = w.generation)))
          order by r.created_at limit ${most}
          for update skip locked
        ),
        undrawn as (delete from draws where request_id in (select id from old))
        delete from requests where id in (select id from old) returning id`.execute(db);
      return rows.length;
    },
  };
}
