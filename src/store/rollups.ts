import { sql } from 'kysely';
import { KEPT_ONE_BY_ONE, pointsOf, putTogether, type Finding, type MetricPoint } from '../domain/analysis';
import { first, type Db } from './rows';

/** What is left of a deployment's old measurements. */
export async function rolledUpIn(db: Db, generation: number): Promise<MetricPoint[]> {
  const row = await first(
    sql<{ points: MetricPoint[] }>`select points from measurement_rollups where generation = ${generation}`,
    db,
  );
  return row?.points ?? [];
}

/**
 * Puts measurements together that are older than they are to be kept, or more than are kept of one deployment; the last
 * one of each stays as it is.
 * @returns how many are gone
 */
export async function rollUp(db: Db, keptMs: number, most: number): Promise<number> {
  const { rows } = await sql<{ generation: number }>`
    select generation from (
      select generation, number < max(number) over (partition by generation) as has_newer,
        row_number() over (partition by generation order by number desc) as place, measured_until
      from measurements) m
    where has_newer and (place > ${KEPT_ONE_BY_ONE} or ${isOld('measured_until', keptMs)})
    group by generation order by generation limit ${most}`.execute(db);
  let gone = 0;
  for (const { generation } of rows) gone += await rollUpOne(db, { generation, keptMs, most: most - gone });
  return gone;
}

interface Gone {
  measured_from: Date;
  measured_until: Date;
  findings: Finding[];
}

/** Several workers may do it at once: whoever has the row of the points goes first. */
function rollUpOne(db: Db, { generation, keptMs, most }: { generation: number; keptMs: number; most: number }) {
  if (most <= 0) return 0;
  return db.transaction().execute(async (tx) => {
    await sql`
      insert into measurement_rollups (generation, points) values (${generation}, '[]'::jsonb)
      on conflict (generation) do nothing`.execute(tx);
    await sql`select from measurement_rollups where generation = ${generation} for update`.execute(tx);
    const { rows } = await sql<Gone>`
      delete from measurements where generation = ${generation} and number in (
        select number from (
          select number, measured_until, row_number() over (order by number desc) as place
          from measurements where generation = ${generation}) m
        where place > 1 and (place > ${KEPT_ONE_BY_ONE} or ${isOld('measured_until', keptMs)})
        order by number limit ${most})
      returning measured_from, measured_until, findings`.execute(tx);
    const points = rows.flatMap(({ measured_from, measured_until, findings }) =>
      pointsOf({ from: measured_from.getTime(), until: measured_until.getTime(), findings }),
    );
    const together = putTogether([...(await rolledUpIn(tx, generation)), ...points]);
    await sql`
      update measurement_rollups set points = ${JSON.stringify(together)}::jsonb
      where generation = ${generation}`.execute(tx);
    return rows.length;
  });
}

function isOld(column: string, ms: number) {
  return sql`${sql.raw(column)} < now() - make_interval(secs => ${ms / 1000})`;
}
