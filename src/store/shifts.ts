import { sql } from 'kysely';
import { first, type Db } from './rows';

/** A shift of requests: what share the release was given when, and how long it took. */
export interface ShiftRow {
  /** Of the act within the deployment. */
  number: number;
  /** When routers were first told. */
  at: Date;
  /** The percent of requests that the release has from then on. */
  weight: number;
  /** The group whose routers were told; absent: those of all. */
  group?: string;
  /** How long it took until every router had it; absent: they have not, yet. */
  confirmedMs?: number;
}

/** What requests a release was given. */
export interface ShiftStore {
  /** Before routers are told. The first that is written of a number stands; answers with it. */
  recordShift(generation: number, shift: Omit<ShiftRow, 'confirmedMs'>): Promise<ShiftRow>;
  /** Once every router has it; the first time stands. */
  confirmShift(generation: number, number: number, at: Date): Promise<void>;
  /** The oldest first. */
  shifts(generation: number): Promise<ShiftRow[]>;
}

interface Row {
  number: number;
  at: Date;
  weight: number;
  fleet_group: string | null;
  confirmed_ms: number | null;
}

export function shiftsIn(db: Db): ShiftStore {
  return {
    async recordShift(generation, { number, at, weight, group }) {
      await sql`
        insert into shifts (generation, number, at, weight, fleet_group)
        values (${generation}, ${number}, ${at}, ${weight}, ${group ?? null})
        on conflict (generation, number) do nothing`.execute(db);
      const row = await first(
        sql<Row>`select * from shifts where generation = ${generation} and number = ${number}`,
        db,
      );
      return shiftOf(row!);
    },

    async confirmShift(generation, number, at) {
      await sql`
        update shifts set confirmed_ms = greatest(0, round(extract(epoch from ${at}::timestamptz - at) * 1000))
        where generation = ${generation} and number = ${number} and confirmed_ms is null`.execute(db);
    },

    async shifts(generation) {
      const { rows } = await sql<Row>`select * from shifts where generation = ${generation} order by number`.execute(
        db,
      );
      return rows.map(shiftOf);
    },
  };
}

function shiftOf({ number, at, weight, fleet_group: group, confirmed_ms }: Row): ShiftRow {
  return {
    number,
    at,
    weight,
    ...(group === null ? {} : { group }),
    ...(confirmed_ms === null ? {} : { confirmedMs: confirmed_ms }),
  };
}
