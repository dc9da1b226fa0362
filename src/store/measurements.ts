import { sql } from 'kysely';
import type { Finding, Metric, Verdict, VerdictKind } from '../domain/analysis';
import type { Versions } from '../domain';
import { first, type Db } from './rows';

/** One measurement of a release, and its verdict. */
export interface MeasurementRow extends Verdict {
  number: number;
  from: Date;
  until: Date;
}

/** What is measured while a release is watched. */
export interface MeasurementStore {
  /** The first that is written of a number stands; answers with it. */
  recordMeasurement(generation: number, measurement: MeasurementRow): Promise<MeasurementRow>;
  measurement(generation: number, number: number): Promise<MeasurementRow | undefined>;
  /** The last ones, the oldest of them first. */
  measurements(generation: number, most: number): Promise<MeasurementRow[]>;
  /** Each value of a metric that members of a deployment told in that time, while they ran those versions. */
  measuredByMembers(
    metric: Metric,
    of: { generation: number; versions: Versions; from: Date; until: Date },
  ): Promise<number[]>;
}

interface Row {
  number: number;
  measured_from: Date;
  measured_until: Date;
  verdict: VerdictKind;
  text: string;
  findings: Finding[];
}

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
  return {
    measurement,

    async recordMeasurement(generation, { number, from, until, kind, text, findings }) {
      await sql`
        insert into measurements (generation, number, measured_from, measured_until, verdict, text, findings)
        values (${generation}, ${number}, ${from}, ${until}, ${kind}, ${text}, ${JSON.stringify(findings)}::jsonb)
        on conflict (generation, number) do nothing`.execute(db);
      return (await measurement(generation, number))!;
    },

    async measurements(generation, most) {
      const { rows } = await sql<Row>`
        select * from measurements where generation = ${generation} order by number desc limit ${most}`.execute(db);
      return rows.reverse().map(measurementOf);
    },

    async measuredByMembers(metric, { generation, versions, from, until }) {
      const { codeVersion, configurationVersion, artifact = null } = versions;
      const { rows } = await sql<{ value: number }>`
        select (s.metrics ->> ${metric})::float8 as value
        from members m join inventory_samples s using (name)
        where m.generation = ${generation} and s.at > ${from} and s.at <= ${until}
          and s.code_version = ${codeVersion} and s.configuration_version = ${configurationVersion}
          and (${artifact}::text is null or s.artifact is null or s.artifact = ${artifact})
          and json_typeof(s.metrics -> ${metric}) = 'number'
        limit ${MOST_VALUES}`.execute(db);
      return rows.map(({ value }) => value);
    },
  };
}

function measurementOf({ number, measured_from, measured_until, verdict, text, findings }: Row): MeasurementRow {
  return { number, from: measured_from, until: measured_until, kind: verdict, text, findings };
}
