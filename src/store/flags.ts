import { sql, type Transaction } from 'kysely';
import { changeText, problemsOf, type Flag, type Json, type Rule, type Variant } from '../domain/flags';
import { insertEvent } from './events';
import type { FlagAnswer, FlagAsker, FlagMarks, FlagName, FlagRow, FlagStore } from './flag-types';
import { first, present, type Db } from './rows';
import type { EventRow } from './types';

interface Row {
  environment: string;
  key: string;
  description: string;
  enabled: boolean;
  percent: number;
  variants: Variant[];
  default_variant: string;
  off_value: Json;
  users: string[];
  rules: Rule[];
  version: number;
  created_at: Date;
  created_by: string;
  changed_at: Date;
  changed_by: string;
}

const COLUMNS = sql.raw(
  `environment, key, description, enabled, percent::float8 as percent, variants, default_variant, off_value, users,
  rules, version, created_at, created_by, changed_at, changed_by`,
);

/** Feature flags. Changes are one at a time, so that versions grow in the order of commits. */
export function flagsIn(db: Db): FlagStore {
  return {
    async flags({ environments = null, key = null }) {
      const { rows } = await sql<Row>`
        select ${COLUMNS} from flags
        where deleted_at is null and (${environments}::text[] is null or environment = any(${environments}))
          and (${key}::text is null or key = ${key})
        order by environment, key`.execute(db);
      return rows.map(flagOf);
    },

    flag: (name) => find(db, name),

    async createFlag(flag, { by, reason }) {
      return db.transaction().execute(async (tx) => {
        await lockAlone(tx);
        if ((await find(tx, flag)) !== undefined) return undefined;
        const row = await first(
          sql<Row>`
            insert into flags (environment, key, description, enabled, percent, variants, default_variant, off_value,
              users, rules, version, created_by, changed_by)
            values (${flag.environment}, ${flag.key}, ${flag.description}, ${flag.enabled}, ${flag.percent},
              ${json(flag.variants)}, ${flag.defaultVariant}, ${json(flag.offValue)}, ${flag.users},
              ${json(flag.rules)}, ${NEXT}, ${by}, ${by})
            -- One that was deleted left a mark.
            on conflict (environment, key) do update set description = excluded.description,
              enabled = excluded.enabled, percent = excluded.percent, variants = excluded.variants,
              default_variant = excluded.default_variant, off_value = excluded.off_value, users = excluded.users,
              rules = excluded.rules, version = excluded.version, created_at = excluded.created_at,
              created_by = excluded.created_by, changed_at = excluded.changed_at, changed_by = excluded.changed_by,
              deleted_at = null
            returning ${COLUMNS}`,
          tx,
        );
        const how = flag.enabled ? `enabled, percent ${flag.percent}` : 'disabled';
        await noteFlag(tx, flag, 'flag_created', how, { by, ...present({ reason }) });
        return flagOf(row!);
      });
    },

    async changeFlag({ change, version, by, reason, ...name }) {
      return db.transaction().execute(async (tx): Promise<FlagAnswer> => {
        await lockAlone(tx);
        const before = await find(tx, name);
        if (before === undefined) return { kind: 'none' };
        if (version !== undefined && version !== before.version) return { kind: 'stale', flag: before };
        const words = changeText(before, change);
        if (words === '') return { kind: 'same', flag: before };
        const after: Flag = { ...before, ...present(change) };
        if (problemsOf(after).length > 0) return { kind: 'wrong', flag: after };
        const flag = await write(tx, after, by);
        await noteFlag(tx, name, 'flag_changed', words, { by, ...present({ reason }) });
        return { kind: 'changed', flag };
      });
    },

    async deleteFlag({ version, by, reason, ...name }) {
      return db.transaction().execute(async (tx): Promise<FlagAnswer> => {
        await lockAlone(tx);
        const flag = await find(tx, name);
        if (flag === undefined) return { kind: 'none' };
        if (version !== undefined && version !== flag.version) return { kind: 'stale', flag };
        await sql`update flags set deleted_at = clock_timestamp(), version = ${NEXT}
          where environment = ${name.environment} and key = ${name.key}`.execute(tx);
        await noteFlag(tx, name, 'flag_deleted', '', { by, ...present({ reason }) });
        return { kind: 'changed', flag };
      });
    },

    async flagEvents({ environment, key }, limit) {
      const { rows } = await sql<EventRow>`
        select id, at, environment, flag, type, by, reason from events
        where environment = ${environment} and flag = ${key} order by id desc limit ${limit}`.execute(db);
      return rows.map((row): EventRow => present(row));
    },

    async flagMarks() {
      const row = await first(
        sql<FlagMarks>`/* prepare flag_marks */
          select coalesce((select max(version) from flags), 0) as version,
            (select concat_ws(' ', count(revoked_at), max(revoked_at)) from tokens) as revoked`,
        db,
      );
      return row!;
    },
  };
}

const LOCK = sql`hashtextextended('belay flags', 0)`;
/** Only under the lock: whoever sees a version has seen all that are lower. */
const NEXT = sql<number>`(select coalesce(max(version), 0) + 1 from flags)`;

/** Until the transaction's end nobody else changes a flag. */
export async function lockAlone(tx: Transaction<unknown>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCK})`.execute(tx);
}

export async function find(db: Db, { environment, key }: FlagName): Promise<FlagRow | undefined> {
  const row = await first(
    sql<Row>`select ${COLUMNS} from flags
      where environment = ${environment} and key = ${key} and deleted_at is null`,
    db,
  );
  return row && flagOf(row);
}

export async function write(tx: Transaction<unknown>, flag: Flag, by: string): Promise<FlagRow> {
  const row = await first(
    sql<Row>`
      update flags
      set description = ${flag.description}, enabled = ${flag.enabled}, percent = ${flag.percent},
        variants = ${json(flag.variants)}, default_variant = ${flag.defaultVariant}, off_value = ${json(flag.offValue)},
        users = ${flag.users}, rules = ${json(flag.rules)}, version = ${NEXT}, changed_at = clock_timestamp(),
        changed_by = ${by}
      where environment = ${flag.environment} and key = ${flag.key}
      returning ${COLUMNS}`,
    tx,
  );
  return flagOf(row!);
}

/** A line of the event log: what became of the flag, and why. */
export async function noteFlag(
  tx: Transaction<unknown>,
  { environment, key }: FlagName,
  type: string,
  words: string,
  { by, reason, ...of }: FlagAsker & { generation?: number },
): Promise<void> {
  const text = [words, reason ?? ''].filter((each) => each !== '').join(': ');
  await insertEvent(tx, { ...of, environment, flag: key, type, by, ...(text === '' ? {} : { reason: text }) });
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

function flagOf(row: Row): FlagRow {
  const { default_variant: defaultVariant, off_value: offValue, created_at: createdAt, created_by: createdBy } = row;
  const { environment, key, description, enabled, percent, variants, users, rules, version } = row;
  return {
    ...{ environment, key, description, enabled, percent, variants, defaultVariant, offValue, users, rules, version },
    ...{ createdAt, createdBy, changedAt: row.changed_at, changedBy: row.changed_by },
  };
}
