import { sql } from 'kysely';
import type { FlagSetting } from './deployed-flag-types';
import type { Db } from './rows';

/** For how many users a feature is on from then on; 0: off. */
export interface FlagStep {
  at: Date;
  feature: string;
  percent: number;
}

/** What deployments made of flags, and when. */
export interface FlagStepStore {
  /** The oldest first; the first of each feature is what it was when the deployment began. */
  flagSteps(generation: number): Promise<FlagStep[]>;
}

export function flagStepsIn(db: Db): FlagStepStore {
  return {
    async flagSteps(generation) {
      // Of deployments before steps were noted nobody knows when what was on.
      const { rows } = await sql<FlagStep>`
        select at, feature, percent from (
          select d.started_at as at, s.key as feature, 0 as id,
            case when (s.before ->> 'enabled')::boolean then (s.before ->> 'percent')::float8 else 0 end as percent
          from flag_snapshots s join deployments d using (generation)
          where s.generation = ${generation}
            and exists (select from flag_steps n where n.generation = s.generation and n.key = s.key)
          union all
          select at, key, id, percent::float8 from flag_steps where generation = ${generation}
        ) as steps
        order by id, feature`.execute(db);
      return rows;
    },
  };
}

/** In the transaction that makes it so. */
export async function noteFlagStep(
  db: Db,
  generation: number,
  key: string,
  percent: FlagSetting['percent'],
): Promise<void> {
  await sql`
    insert into flag_steps (generation, key, percent)
    values (${generation}, ${key}, ${percent === 'off' ? 0 : percent})`.execute(db);
}
