import { sql, type RawBuilder } from 'kysely';
import type { Health } from '../domain';
import { HEALTH } from '../domain';
import { addressOf } from '../domain/address';
import { INVENTORY } from '../domain/fleet';
import { insertEvent } from './events';
import { SILENT, silentIn } from './hearing';
import type { Desired } from '../domain/agent';
import type {
  InstanceMetrics,
  InstanceScope,
  InventoryRow,
  InventoryStore,
  RegistrationAnswer,
  RegistrationScope,
} from './inventory-types';
import { first, present, versionsIn, versionsOf, type Db, type VersionColumns } from './rows';

/** How many heartbeats of each instance are kept. */
export const SAMPLES = 120;

const DESIRED: (keyof DesiredColumns)[] = [
  'desired_code_version',
  'desired_configuration_version',
  'desired_artifact',
  'desired_generation',
  'desired_attempt',
  'restore_generation',
];

export const HEALTH_NOW = sql<Health>`(case when ${SILENT} then ${HEALTH.UNKNOWN}::smallint else health end)`;

export interface DesiredColumns {
  desired_code_version: string | null;
  desired_configuration_version: string | null;
  desired_artifact: string | null;
  desired_generation: number | null;
  desired_attempt: number | null;
  restore_generation: number | null;
}

interface Row extends VersionColumns, DesiredColumns {
  name: string;
  ip: string;
  port: number | null;
  labels: Record<string, string>;
  health_now: Health;
  generation: number;
  reason: string | null;
  seen_at: Date;
  silent: boolean;
  registered_at: Date;
  deleted_at: Date | null;
  excluded_at: Date | null;
  excluded_by: string | null;
  excluded_reason: string | null;
}

interface SampleRow extends VersionColumns {
  at: Date;
  health: Health;
  generation: number;
  metrics: InstanceMetrics | null;
}

const COLUMNS = sql`*, ${SILENT} as silent, ${HEALTH_NOW} as health_now`;

/** What is known of instances that report by themselves, and what people decide about them. A change and its event are one. */
export function inventoryIn(db: Db) {
  return {
    async register({ name, ip, port = null, labels, secretHash, presentHash = null, unknownAfterMs, holds = {} }) {
      return db.transaction().execute(async (tx): Promise<RegistrationAnswer> => {
        const unknownAfter = sql`make_interval(secs => ${unknownAfterMs / 1000})`;
        const row = await first(
          sql<Row & { fresh: boolean }>`
          insert into inventory as known (name, ip, port, labels, secret_hash, unknown_after)
          values (${name}, ${ip}, ${port}, ${JSON.stringify(labels)}::jsonb, ${secretHash}, ${unknownAfter})
          on conflict (name) do update set ip = excluded.ip, port = excluded.port, labels = excluded.labels,
            secret_hash = excluded.secret_hash, unknown_after = excluded.unknown_after, deleted_at = null,
            seen_at = clock_timestamp(), health_since = clock_timestamp(), enrolled_at = clock_timestamp(),
            joined_at = case when known.deleted_at is null and known.secret_hash = ${presentHash}
              then known.joined_at else clock_timestamp() end,
            health = case when known.deleted_at is null and known.secret_hash = ${presentHash}
              then known.health else ${HEALTH.UNKNOWN} end,
            ${forgotten(sql`known.deleted_at is null and known.secret_hash = ${presentHash}`)},
            registered_at = case when known.deleted_at is null then known.registered_at else clock_timestamp() end
          where known.deleted_at is not null or (${mayRegister(holds)} and (known.health = ${HEALTH.UNKNOWN}
            or ${silentIn('known.')} or known.secret_hash = ${presentHash}))
          returning ${COLUMNS}, (xmax = 0) as fresh`,
          tx,
        );
        if (row === undefined) {
          const query = sql<{
            mine: boolean;
          }>`select ${mayRegister(holds)} as mine from inventory known where name = ${name}`;
          return { kind: (await first(query, tx))?.mine === false ? 'beyond' : 'taken' };
        }
        await insertEvent(tx, { instance: name, type: row.fresh ? 'registered' : 'registered_again', by: name });
        return { kind: row.fresh ? 'registered' : 'renewed', instance: rowOf(row) };
      });
    },

    async inventoryInstance(name, within = {}) {
      const row = await first(
        sql<Row>`select ${COLUMNS} from inventory where name = ${name} and ${isWithin(within)}`,
        db,
      );
      return row && rowOf(row);
    },

    async instanceBySecret(secretHash) {
      const row = await first(
        sql<{ name: string }>`select name from inventory where secret_hash = ${secretHash} and deleted_at is null`,
        db,
      );
      return row?.name;
    },

    async inventoryInstances(filter) {
      const { labels = {}, health = null, codeVersion = null, configurationVersion = null } = filter;
      const { after = '', limit = null, within = {} } = filter;
      const { rows } = await sql<Row>`
        select ${COLUMNS} from inventory
        where deleted_at is null and labels @> ${JSON.stringify(labels)}::jsonb
          and (${health}::smallint is null or ${HEALTH_NOW} = ${health})
          and (${codeVersion}::text is null or code_version = ${codeVersion})
          and (${configurationVersion}::text is null or configuration_version = ${configurationVersion})
          and name > ${after} and ${isWithin(within)}
        order by name limit ${limit}`.execute(db);
      return rows.map(rowOf);
    },

    async samples(name, limit) {
      const { rows } = await sql<SampleRow>`
        select at, health, code_version, configuration_version, artifact, generation, metrics from inventory_samples
        where name = ${name} order by at desc limit ${Math.min(limit, SAMPLES)}`.execute(db);
      return rows.map(({ at, health, generation, metrics, ...row }) => {
        const versions = versionsIn(row);
        return present({ at, health, versions, generation, metrics });
      });
    },

    async removeFromInventory(name, by, reason) {
      return db.transaction().execute(async (tx) => {
        const row = await first(
          sql`update inventory set deleted_at = clock_timestamp(), excluded_at = null, excluded_by = null,
            excluded_reason = null, desired_generation = null
          where name = ${name} and deleted_at is null returning name`,
          tx,
        );
        if (row !== undefined) await insertEvent(tx, present({ instance: name, type: 'instance_deleted', by, reason }));
        return row !== undefined;
      });
    },

    async excludeFromFleets(name, by, reason = undefined) {
      return db.transaction().execute(async (tx) => {
        const row = await first(
          sql<Row>`update inventory set excluded_at = clock_timestamp(), excluded_by = ${by},
            excluded_reason = ${reason ?? null}
          where name = ${name} and deleted_at is null returning ${COLUMNS}`,
          tx,
        );
        if (row !== undefined)
          await insertEvent(tx, present({ instance: name, type: 'instance_excluded', by, reason }));
        return row && rowOf(row);
      });
    },

    async includeInFleets(name, by) {
      return db.transaction().execute(async (tx) => {
        const row = await first(
          sql<Row>`update inventory set excluded_at = null, excluded_by = null, excluded_reason = null
          where name = ${name} and deleted_at is null returning ${COLUMNS}`,
          tx,
        );
        if (row !== undefined) await insertEvent(tx, { instance: name, type: 'instance_included', by });
        return row && rowOf(row);
      });
    },

    async matching(labels) {
      const { rows } = await sql<Row>`
        select ${COLUMNS} from inventory
        where deleted_at is null and excluded_at is null and labels @> ${JSON.stringify(labels)}::jsonb
        order by name`.execute(db);
      return rows.map((row) => {
        const address = addressOf(row.ip, row.port ?? undefined);
        const versions = versionsIn(row);
        return present({ name: row.name, address, labels: row.labels, versions, health: row.health_now });
      });
    },
  } satisfies Partial<InventoryStore>;
}

/** What a newcomer doesn't take over from whoever had its name: what that was told, and had obeyed. */
function forgotten(isSame: RawBuilder<unknown>) {
  const columns = [...DESIRED, 'attempt', 'reason'].map(
    (column) => sql`${sql.ref(column)} = case when ${isSame} then ${sql.ref(`known.${column}`)} end`,
  );
  return sql.join([...columns, sql`generation = case when ${isSame} then known.generation else 0 end`]);
}

/** A deployment of a fleet in a file has instances that only happen to be called the same. */
function isWithin({ environments = undefined, services = undefined }: InstanceScope) {
  const inEnvironment =
    environments === undefined
      ? sql`true`
      : sql`coalesce(inventory.labels ->> 'environment', inventory.labels ->> 'env') = any(${environments}::text[])`;
  const ofService =
    services === undefined
      ? sql`true`
      : sql`(inventory.labels ->> 'service' = any(${services}::text[]) or exists (
          select from members join draws using (generation)
          where members.name = inventory.name and draws.fleet = ${INVENTORY} and draws.service = any(${services}::text[])))`;
  return sql<boolean>`coalesce(${inEnvironment} and ${ofService}, false)`;
}

/** Whether the instance that is `known` is one that may be registered so: by the labels that it has until now. */
function mayRegister({ environments, services, labels = {} }: RegistrationScope) {
  const among = (names: string[] | undefined, value: RawBuilder<unknown>) =>
    names === undefined ? sql`true` : sql`coalesce(${value} = any(${names}::text[]), false)`;
  const environment = sql`coalesce(known.labels ->> 'environment', known.labels ->> 'env')`;
  return sql<boolean>`(known.labels @> ${JSON.stringify(labels)}::jsonb and ${among(environments, environment)}
    and ${among(services, sql`known.labels ->> 'service'`)})`;
}

/** Undefined: nobody has said what it is to run. */
export function desiredOf(row: DesiredColumns): Desired | undefined {
  const versions = versionsOf(row.desired_code_version, row.desired_configuration_version, row.desired_artifact);
  if (versions === undefined || row.desired_generation === null) return undefined;
  const { desired_generation: generation, desired_attempt: attempt } = row;
  const restore = row.restore_generation === generation ? { restore: true as const } : {};
  return { versions, generation, attempt: attempt ?? 1, ...restore };
}

function rowOf(row: Row): InventoryRow {
  const { name, ip, port, labels, generation, reason, silent } = row;
  const excluded =
    row.excluded_at === null
      ? undefined
      : present({ at: row.excluded_at, by: row.excluded_by ?? '', reason: row.excluded_reason });
  return present({
    name,
    ip,
    port,
    labels,
    health: row.health_now,
    versions: versionsIn(row),
    generation,
    reason,
    seenAt: row.seen_at,
    silent,
    registeredAt: row.registered_at,
    deletedAt: row.deleted_at,
    excluded,
    desired: desiredOf(row),
  });
}
