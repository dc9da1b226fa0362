import { sql } from 'kysely';
import { rollUp } from './rollups';
import type { Db } from './rows';

/** How long what is kept, in ms; absent: for ever. */
export interface Retention {
  /** Lines of the event log, but those of deployments in flight. */
  eventsMs?: number;
  /** What instances reported with their heartbeats; of each, the last few are kept at the most. */
  metricsMs?: number;
  /** What attempts printed, after their deployment has ended; that they were made stays. */
  outputMs?: number;
  /** Single measurements of a release; what is older is put together, and so are more than the newest of a deployment. */
  measurementsMs?: number;
  /** Answers to requests with an Idempotency-Key. */
  answersMs?: number;
}

const REFUSED_DAYS = 30;
const MOST = 500;
const MOST_ROWS = 5_000;

/** Clearing away what nobody needs any more, some at a time: nobody waits for it, and it is in nobody's way. */
export function retentionIn(db: Db) {
  const olderThan = (column: string, ms: number) =>
    sql`${sql.raw(column)} < now() - make_interval(secs => ${ms / 1000})`;
  const steps = {
    eventsMs: (ms: number, most: number) => sql`
      delete from events where id in (
        select e.id from events e left join deployments d using (generation)
        where ${olderThan('e.at', ms)} and (d.generation is null or d.ended_at is not null)
        order by e.id limit ${most})`,
    metricsMs: (ms: number, most: number) => sql`
      delete from inventory_samples where ctid in (
        select ctid from inventory_samples where ${olderThan('at', ms)} limit ${most} for update skip locked)`,
    outputMs: (ms: number, most: number) => sql`
      update attempts a set output = null from (
        select a.generation, a.ordinal, a.towards, a.attempt from attempts a join deployments d using (generation)
        where ${olderThan('d.ended_at', ms)} and a.output is not null limit ${most}) old
      where (a.generation, a.ordinal, a.towards, a.attempt) = (old.generation, old.ordinal, old.towards, old.attempt)`,
    answersMs: (ms: number, most: number) => sql`
      delete from answers where (owner, key) in (
        select owner, key from answers where ${olderThan('asked_at', ms)} limit ${most} for update skip locked)`,
  } satisfies Record<Exclude<keyof Retention, 'measurementsMs'>, unknown>;
  const step = async (what: keyof Retention, ms: number, most: number) =>
    what === 'measurementsMs'
      ? rollUp(db, ms, most)
      : Number((await steps[what](ms, most).execute(db)).numAffectedRows ?? 0);

  return {
    /**
     * Deletes requests that never began, after 30 days, and the generations that were drawn for them. One that has taken
     * something stays: whoever needs that asks what became of it.
     * @returns how many were deleted
     */
    async forgetRefused(most = MOST): Promise<number> {
      const { rows } = await sql`
        with old as (
          select r.id from requests r
          where r.created_at < now() - make_interval(days => ${REFUSED_DAYS})
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

    /** Deletes what is older than it is to be kept; deployments, their members, snapshots and outcomes never are. */
    async forgetOld(retention: Retention, most = MOST_ROWS): Promise<Record<keyof Retention, number>> {
      const forgotten = { eventsMs: 0, metricsMs: 0, outputMs: 0, measurementsMs: 0, answersMs: 0 };
      for (const what of Object.keys(forgotten) as (keyof Retention)[]) {
        const ms = retention[what];
        if (ms === undefined) continue;
        for (let gone = most; gone >= most; forgotten[what] += gone) {
          gone = await step(what, ms, most);
        }
      }
      return forgotten;
    },
  };
}
