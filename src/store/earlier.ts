import { sql } from 'kysely';
import type { Status } from '../domain';
import { first, type Db } from './rows';

/** What is known of a service before it is deployed again. */
export interface Earlier {
  /** How long its latest good changes took, in the middle. */
  known?: { typicalMs: number; changes: number };
  /** The deployment that is in flight. */
  inFlight?: { id: string; status: Status; actor: string };
}

/** How far back is looked: what was long ago tells little. */
const DEPLOYMENTS = 10;
const CHANGES = 50;

/** Reading what went before. */
export function earlierIn(db: Db) {
  return {
    async earlier({ environment, service }: { environment: string; service: string }, driver: string) {
      const took = await first(
        sql<{ median: number | null; changes: number }>`
          with lately as (
            select d.generation from deployments d join requests r on r.id = d.request_id
            where d.environment = ${environment} and d.service = ${service}
              and r.kind = 'deploy' and r.spec -> 'driver' ->> 'kind' = ${driver}
            order by d.generation desc limit ${DEPLOYMENTS}
          ),
          changes as (
            select extract(epoch from a.ended_at - a.started_at)::float8 * 1000 as ms
            from attempts a join lately using (generation)
            where a.towards = 'release' and a.ok
            order by a.ended_at desc limit ${CHANGES}
          )
          select percentile_disc(0.5) within group (order by ms) as median, count(*)::int as changes from changes`,
        db,
      );
      const inFlight = await first(
        sql<{ id: string; status: Status; actor: string }>`
          select d.environment || '/' || d.service || '/' || d.generation as id, d.status, r.actor
          from deployments d join requests r on r.id = d.request_id
          where d.environment = ${environment} and d.service = ${service} and d.ended_at is null
          order by d.generation desc limit 1`,
        db,
      );
      const median = took?.median ?? undefined;
      return {
        ...(median === undefined ? {} : { known: { typicalMs: Math.round(median), changes: took!.changes } }),
        ...(inFlight === undefined ? {} : { inFlight }),
      } satisfies Earlier;
    },
  };
}
