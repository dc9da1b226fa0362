import type { Kysely } from 'kysely';
import type { Health, Snapshot, Versions } from '../domain';

/** The database as repositories see it: they write their SQL themselves, so no tables are declared to Kysely. */
export type Db = Kysely<unknown>;

/** Versions as columns. */
export interface VersionColumns {
  code_version: string | null;
  configuration_version: string | null;
  artifact: string | null;
}

type Nullable<T> = { [K in keyof T]: null extends T[K] ? K : undefined extends T[K] ? K : never }[keyof T];

/** `T` with what may be null or undefined made optional. */
export type Present<T> = { [K in Exclude<keyof T, Nullable<T>>]: T[K] } & {
  [K in Nullable<T>]?: NonNullable<T[K]>;
};

/** Leaves out what is null or undefined: in the database it is null, in the domain it is absent. */
export function present<T extends object>(value: T): Present<T> {
  const kept = Object.entries(value).filter(([, each]) => each !== null && each !== undefined);
  return Object.fromEntries(kept) as Present<T>;
}

/** Both versions or none are null; without them there is no artifact. */
export function versionsOf(
  code: string | null,
  configuration: string | null,
  artifact: string | null,
): Versions | undefined {
  if (code === null || configuration === null) return undefined;
  return { codeVersion: code, configurationVersion: configuration, ...(artifact === null ? {} : { artifact }) };
}

/** Of a row that has the columns by their usual names. */
export function versionsIn(row: VersionColumns): Versions | undefined {
  return versionsOf(row.code_version, row.configuration_version, row.artifact);
}

/** A snapshot; undefined when there is none, which its health tells. */
export function snapshotOf(versions: Versions | undefined, health: Health | null): Snapshot | undefined {
  return health === null ? undefined : present({ versions, health });
}

export function columnsOf(versions: Versions | undefined): VersionColumns {
  return {
    code_version: versions?.codeVersion ?? null,
    configuration_version: versions?.configurationVersion ?? null,
    artifact: versions?.artifact ?? null,
  };
}

/** One row at most. */
export async function first<T>(query: { execute(db: Db): Promise<{ rows: T[] }> }, db: Db): Promise<T | undefined> {
  return (await query.execute(db)).rows[0];
}
