import { sql } from 'kysely';
import {
  historyOf,
  type Finding,
  type Metric,
  type MetricPoint,
  type Verdict,
  type VerdictKind,
} from '../domain/analysis';
import type { Versions } from '../domain';
import { rolledUpIn } from './rollups';
import { first, type Db } from './rows';

/** One measurement of a release, and its verdict. */
export interface MeasurementRow extends Verdict {
  number: number;
  from: Date;
  until: Date;
  /** The percent of requests that the release had then; absent: nobody knows. */
  weight?: number;
}

/** What is measured while a release is watched. */
export interface MeasurementStore {
  /** The first that is written of a number stands; answers with it. */
  recordMeasurement(generation: number, measurement: MeasurementRow): Promise<MeasurementRow>;
  measurement(generation: number, number: number): Promise<MeasurementRow | undefined>;
  /** The last ones, the oldest of them first. */
  measurements(generation: number, most: number): Promise<MeasurementRow[]>;
  /** All that is known of what was measured, the oldest first; what is old is put together. */
  metricsHistory(generation: number): Promise<MetricPoint[]>;
  /**
   * Each value of a metric that members of a deployment told in that time, while they ran those versions.
   * @param of.names of these members alone; absent: of all
   */
  measuredByMembers(
    metric: Metric,
    of: { generation: number; versions: Versions; names?: readonly string[]; from: Date; until: Date },
  ): Promise<number[]>;
}

interface Row {
  number: number;
  measured_from: Date;
  measured_until: Date;
  verdict: VerdictKind;
  text: string;
  findings: Finding[];
  weight: number | null;
}

/** Housekeeping keeps fewer; it comes once an hour. */
const MOST_READ = 5_000;

/** More say nothing more. */
const MOST_VALUES = 100_000;

export function measurementsIn(db: Db): MeasurementStore {
  const measurement = async (generation: number, number: number) => {
    const row = await first(
      sql<Row>`select * from measurements where generation = ${generation} and number = ${number}`,
      db,
    );
    return row && measurementOf(row);
  };
  const measurements = async (generation: number, most: number) => {
    const { rows } = await sql<Row>`
      select * from measurements where generation = ${generation} order by number desc limit ${most}`.execute(db);
    return rows.reverse().map(measurementOf);
  };
  return {
    measurement,

    async recordMeasurement(generation, { number, from, until, kind, text, findings, weight = null }) {
      await sql`
        insert into measurements (generation, number, measured_from, measured_until, verdict, text, findings, weight)
        values (
          ${generation}, ${number}, ${from}, ${until}, ${kind}, ${text}, ${JSON.stringify(findings)}::jsonb, ${weight}
        )
        on conflict (generation, number) do nothing`.execute(db);
      return (await measurement(generation, number))!;
    },

    measurements,

    async metricsHistory(generation) {
      const [rolledUp, rows] = await Promise.all([rolledUpIn(db, generation), measurements(generation, MOST_READ)]);
      return historyOf(
        rolledUp,
        rows.map(({ from, until, ...row }) => ({ ...row, from: from.getTime(), until: until.getTime() })),
      );
    },

    async measuredByMembers(metric, { generation, versions, names = null, from, until }) {
      const { codeVersion, configurationVersion, artifact = null } = versions;
      const { rows } = await sql<{ value: number }>`
        select (s.metrics ->> ${metric})::float8 as value
        from members m join inventory_samples s using (name)
        where m.generation = ${generation} and s.at > ${from} and s.at <= ${until}
          and s.code_version = ${codeVersion} and s.configuration_version = ${configurationVersion}
          and (${artifact}::text is null or s.artifact is null or s.artifact = ${artifact})
          and (${names}::text[] is null or m.name = any(${names}::text[]))
          and json_typeof(s.metrics -> ${metric}) = 'number'
        limit ${MOST_VALUES}`.execute(db);
      return rows.map(({ value }) => value);
    },
  };
}

function measurementOf({
  number,
  measured_from,
  measured_until,
  verdict,
  text,
  findings,
  weight,
}: Row): MeasurementRow {
  const row = { number, from: measured_from, until: measured_until, kind: verdict, text, findings };
  return weight === null ? row : { ...row, weight };
}
