import { sql } from 'kysely';
import type { Health, Status } from '../domain';
import { HEALTH_NOW } from './inventory';
import type { Db } from './rows';

/** How much there is of what, for those who watch over all of it. */
export interface Figures {
  /** How many deployments have which status; the services beyond the latest 1,000 rows are added up under empty names. */
  deployments: { environment: string; service: string; status: Status; count: number }[];
  inFlight: { environment: string; service: string; status: Status; ageSeconds: number }[];
  instances: { health: Health; count: number }[];
  excluded: number;
}

const MOST_NAMED = 1_000;

export function figuresIn(db: Db) {
  return {
    async figures(): Promise<Figures> {
      const [deployments, inFlight, instances] = await Promise.all([
        sql<Figures['deployments'][number]>`
          with counted as (
            select environment, service, status, count(*) as count,
              row_number() over (order by max(generation) desc) <= ${MOST_NAMED} as named
            from deployments group by environment, service, status
          )
          select case when named then environment else '' end as environment,
            case when named then service else '' end as service, status, sum(count)::int as count
          from counted group by 1, 2, 3`.execute(db),
        sql<Figures['inFlight'][number]>`
          select environment, service, status,
            extract(epoch from clock_timestamp() - started_at)::float8 as "ageSeconds"
          from deployments where ended_at is null order by generation desc limit ${MOST_NAMED}`.execute(db),
        sql<{ health: Health; count: number; excluded: number }>`
          select ${HEALTH_NOW} as health, count(*)::int as count, count(excluded_at)::int as excluded
          from inventory where deleted_at is null group by 1`.execute(db),
      ]);
      const known = new Map(instances.rows.map(({ health, count }) => [health, count]));
      return {
        deployments: deployments.rows,
        inFlight: inFlight.rows,
        instances: ([0, 1, 2, 3] as const).map((health) => ({ health, count: known.get(health) ?? 0 })),
        excluded: instances.rows.reduce((sum, each) => sum + each.excluded, 0),
      };
    },
  };
}
