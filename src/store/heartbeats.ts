import { sql, type RawBuilder } from 'kysely';
import { HEALTH, type Health } from '../domain';
import { SILENT } from './hearing';
import { desiredOf, HEALTH_NOW, SAMPLES, type DesiredColumns } from './inventory';
import type { AgentReport } from '../domain/agent';
import type { HeartbeatAnswer, InventoryStore } from './inventory-types';
import { columnsOf, present, versionsIn, type Db, type VersionColumns } from './rows';

interface ReportRow extends VersionColumns, DesiredColumns {
  name: string;
  health: Health;
  generation: number;
  attempt: number | null;
  reason: string | null;
  silent: boolean;
  deleted: boolean;
  excluded: boolean;
  flaps: number;
  desired_for_ms: number | null;
  versions_for_ms: number;
  health_for_ms: number;
  seen_ms_ago: number;
  listened_since_ms_ago: number | null;
  listened_until_ms_ago: number | null;
}

const NOW = sql.raw('clock_timestamp()');
/** One that doesn't tell what it obeyed has obeyed what it was told, once it runs that. */
const GENERATION = sql.raw(`coalesce(b.generation,
  case when (b.code_version, b.configuration_version) = (i.desired_code_version, i.desired_configuration_version)
    and (b.artifact is null or i.desired_artifact is null or b.artifact = i.desired_artifact)
    then i.desired_generation end,
  i.generation)`);
const SAME = sql`((i.code_version, i.configuration_version, i.artifact, i.generation)
  is not distinct from (b.code_version, b.configuration_version, b.artifact, ${GENERATION}))`;
/** The last heartbeat came in time: what lies between was as it said. */
const WITHOUT_GAP = sql.raw('(i.seen_at + i.unknown_after >= clock_timestamp())');

/** What instances tell by themselves, and what they are told in return. */
export function heartbeatsIn(db: Db) {
  return {
    async hear(heartbeats) {
      const beats = heartbeats.map((each) => ({
        name: each.name,
        secret: each.secretHash.toString('hex'),
        health: each.health,
        ...columnsOf(each.versions),
        generation: each.generation ?? null,
        attempt: each.attempt ?? null,
        reason: each.reason ?? null,
        metrics: each.metrics ?? null,
      }));
      const { rows } = await sql<DesiredColumns & { name: string; secret: string; right: boolean }>`
        with beat as (
          select * from json_to_recordset(${JSON.stringify(beats)}::json) as b(name text, secret text, health smallint,
            code_version text, configuration_version text, artifact text, generation bigint, attempt int, reason text,
            metrics json)
        ), held as materialized (${inOrder(sql`select name from beat`)}), heard as (
          update inventory i set seen_at = ${NOW}, beats = i.beats + 1, health = b.health, reason = b.reason,
            code_version = b.code_version, configuration_version = b.configuration_version, artifact = b.artifact,
            generation = ${GENERATION}, attempt = b.attempt,
            versions_since = case when ${SAME} then i.versions_since else ${NOW} end,
            health_since = case when ${SAME} and i.health = b.health and ${WITHOUT_GAP}
              then i.health_since else ${NOW} end,
            flaps = case when not ${SAME} then 0
              when i.health = ${HEALTH.HEALTHY} and b.health <> ${HEALTH.HEALTHY} then i.flaps + 1 else i.flaps end
          from beat b join held using (name)
          where i.name = b.name and i.secret_hash = decode(b.secret, 'hex') and i.deleted_at is null
          returning i.name, b.secret, i.beats, i.seen_at, i.health, i.code_version, i.configuration_version, i.artifact,
            i.generation, i.desired_code_version, i.desired_configuration_version, i.desired_artifact,
            case when i.excluded_at is null then i.desired_generation end as desired_generation, i.desired_attempt,
            i.restore_generation,
            b.metrics
        ), kept as (
          insert into inventory_samples (name, slot, at, health, code_version, configuration_version, artifact,
            generation, metrics)
          select name, beats % ${SAMPLES}, seen_at, health, code_version, configuration_version, artifact, generation,
            metrics
          from heard
          on conflict (name, slot) do update set at = excluded.at, health = excluded.health,
            code_version = excluded.code_version, configuration_version = excluded.configuration_version,
            artifact = excluded.artifact, generation = excluded.generation, metrics = excluded.metrics
        )
        select name, secret, true as right, desired_code_version, desired_configuration_version, desired_artifact,
          desired_generation, desired_attempt, restore_generation
        from heard
        union all
        select i.name, b.secret, false, null, null, null, null, null, null from beat b join inventory i using (name)
        where i.deleted_at is null and i.secret_hash <> decode(b.secret, 'hex')`.execute(db);
      const answers = new Map(
        rows.map((row): [string, HeartbeatAnswer] => [
          `${row.name} ${row.secret}`,
          row.right ? present({ kind: 'heard' as const, desired: desiredOf(row) }) : { kind: 'wrong_secret' },
        ]),
      );
      return beats.map(({ name, secret }) => answers.get(`${name} ${secret}`) ?? { kind: 'unknown' });
    },

    async setDesired(desired, { again = false } = {}) {
      const rows = desired.map(({ name, versions, generation, attempt, restore = false }) => {
        return { name, ...columnsOf(versions), generation, attempt, restore };
      });
      await sql`
        with d as (
          select * from json_to_recordset(${JSON.stringify(rows)}::json) as d(name text, code_version text,
            configuration_version text, artifact text, generation bigint, attempt int, restore boolean)
        ), held as materialized (${inOrder(sql`select name from d`)})
        update inventory i set desired_code_version = d.code_version,
          desired_configuration_version = d.configuration_version, desired_artifact = d.artifact,
          desired_generation = d.generation, desired_attempt = d.attempt,
          restore_generation = case when d.restore then d.generation end, flaps = 0,
          desired_since = ${again ? sql`coalesce(i.desired_since, ${NOW})` : NOW}
        from d join held using (name)
        where i.name = d.name and (i.desired_generation is null
          or (i.desired_generation, i.desired_attempt) < (d.generation, d.attempt))`.execute(db);
    },

    async withdrawDesired(names, generation) {
      const { rows } = await sql<{ name: string }>`
        with held as materialized (${inOrder(sql`select unnest(${names}::text[])`)})
        update inventory set desired_code_version = null, desired_configuration_version = null,
          desired_artifact = null, desired_generation = null, desired_attempt = null
        where name in (select name from held) and desired_generation = ${generation}
          and (generation < ${generation} or (generation = ${generation} and attempt < desired_attempt))
        returning name`.execute(db);
      return rows.map(({ name }) => name);
    },

    async agentReports(names) {
      const { rows } = await sql<ReportRow>`
        select name, ${HEALTH_NOW} as health, code_version, configuration_version, artifact, generation, attempt,
          reason, ${SILENT} as silent, deleted_at is not null as deleted,
          excluded_at is not null as excluded, flaps,
          ${msSince('desired_since')} as desired_for_ms, ${msSince('versions_since')} as versions_for_ms,
          ${msSince('health_since')} as health_for_ms, ${msSince('seen_at')} as seen_ms_ago,
          ${msSince('(select since from hearing)')} as listened_since_ms_ago,
          ${msSince('(select until from hearing)')} as listened_until_ms_ago,
          desired_code_version, desired_configuration_version, desired_artifact, desired_generation, desired_attempt,
          restore_generation
        from inventory where name = any(${names}::text[])`.execute(db);
      return new Map(rows.map((row) => [row.name, reportOf(row)]));
    },
  } satisfies Partial<InventoryStore>;
}

/** Takes rows in the order of their names: two statements that take the same ones in two orders would wait for each other. */
function inOrder(names: RawBuilder<unknown>) {
  return sql`select name from inventory where name in (${names}) order by name for no key update`;
}

function msSince(moment: string) {
  return sql.raw<number>(`(extract(epoch from clock_timestamp() - ${moment}) * 1000)::float8`);
}

function reportOf(row: ReportRow): AgentReport {
  const { name, health, generation, attempt, reason, silent, deleted, excluded, flaps } = row;
  const { listened_since_ms_ago: since, listened_until_ms_ago: until } = row;
  return present({
    name,
    health,
    versions: versionsIn(row),
    generation,
    attempt,
    reason,
    silent,
    deleted,
    excluded,
    flaps,
    desiredForMs: row.desired_for_ms ?? 0,
    versionsForMs: row.versions_for_ms,
    healthForMs: row.health_for_ms,
    seenMsAgo: row.seen_ms_ago,
    listened: since === null || until === null ? null : { sinceMsAgo: since, untilMsAgo: until },
    desired: desiredOf(row),
  });
}
