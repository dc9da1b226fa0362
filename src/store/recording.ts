import { sql } from 'kysely';
import type { InstanceState } from './instance-state';

/** A CTE's body: one member with what recording its state takes. */
export const MEMBER_FACTS = (generation: number, ordinal: number) => sql`
  select m.generation, m.ordinal, m.name, w.fleet, w.service, w.environment, d.ended_at is not null as ended,
    coalesce(m.recorded_code_version, s.code_version) as code_version,
    coalesce(m.recorded_configuration_version, s.configuration_version) as configuration_version,
    case when m.recorded_code_version is null then s.artifact else m.recorded_artifact end as artifact
  from members m
  join snapshots s using (generation, ordinal)
  join deployments d using (generation)
  join draws w using (generation)
  where m.generation = ${generation} and m.ordinal = ${ordinal}`;

/**
 * CTEs that record what `me` was seen like, if `due` has a row: with the member, with the instance,
 * and, when its versions are others than before, in its history. Without versions it keeps those it had; without
 * an artifact, that of the same versions.
 */
export function recordingState(state: InstanceState | undefined) {
  return sql`
    seen as (
      select me.*, coalesce(${state?.versions?.codeVersion ?? null}, me.code_version) as code,
        coalesce(${state?.versions?.configurationVersion ?? null}, me.configuration_version) as configuration,
        coalesce(${state?.versions?.artifact ?? null}, case when ${keptVersions(state)} then me.artifact end) as told,
        ${state?.health ?? null}::smallint as health, clock_timestamp() as at
      from me, due where ${state?.health ?? null}::smallint is not null
    ),
    member as (
      update members m
      set recorded_code_version = seen.code, recorded_configuration_version = seen.configuration,
        recorded_artifact = seen.told, recorded_health = seen.health
      from seen
      where m.generation = seen.generation and m.ordinal = seen.ordinal
        and (m.recorded_code_version, m.recorded_configuration_version, m.recorded_artifact, m.recorded_health)
          is distinct from (seen.code, seen.configuration, seen.told, seen.health)
    ),
    before as (
      select i.code_version, i.configuration_version, i.artifact from instances i, seen
      where i.fleet = seen.fleet and i.name = seen.name
    ),
    instance as (
      insert into instances as i (fleet, name, service, environment, code_version, configuration_version, artifact,
        health, since, generation, found)
      select fleet, name, service, environment, code, configuration, told, health, at, generation, false from seen
      ${UPDATE_INSTANCE}
    ),
    history as (
      insert into instance_history (fleet, name, service, environment, code_version, configuration_version, artifact,
        since, generation, found)
      select fleet, name, service, environment, code, configuration, told, at, generation, false from seen
      where code is not null and not exists (
        select from before
        where (before.code_version, before.configuration_version) = (seen.code, seen.configuration)
          and ${noOtherArtifact('before.artifact', 'seen.told')})
    )`;
}

/** Whether a state leaves the versions of `me` as they are. */
function keptVersions(state: InstanceState | undefined) {
  const { codeVersion = null, configurationVersion = null } = state?.versions ?? {};
  return sql`(${codeVersion}::text is null
    or (me.code_version, me.configuration_version) = (${codeVersion}, ${configurationVersion}))`;
}

/** What isn't told is no difference. */
export function noOtherArtifact(one: string, other: string) {
  return sql.raw<boolean>(`(${one} is null or ${other} is null or ${one} = ${other})`);
}

const OTHER_RELEASE = sql`((i.code_version, i.configuration_version) is distinct from
      (excluded.code_version, excluded.configuration_version)
      or not ${noOtherArtifact('i.artifact', 'excluded.artifact')})`;

/** Other versions begin anew: since now, by this deployment. The same ones only change in health. */
export const UPDATE_INSTANCE = sql`
  on conflict (fleet, name) do update set
    service = excluded.service, environment = excluded.environment,
    code_version = excluded.code_version, configuration_version = excluded.configuration_version,
    artifact = case when ${OTHER_RELEASE} then excluded.artifact else coalesce(excluded.artifact, i.artifact) end,
    health = excluded.health,
    since = case when ${OTHER_RELEASE} then excluded.since else i.since end,
    generation = case when ${OTHER_RELEASE} then excluded.generation else i.generation end,
    found = case when ${OTHER_RELEASE} then excluded.found else i.found end
  where ${OTHER_RELEASE} or (excluded.artifact is not null and i.artifact is null)
    or (i.service, i.environment, i.health) is distinct from
      (excluded.service, excluded.environment, excluded.health)`;
