import { sql } from 'kysely';
import type { InstanceState } from './instance-state';

/** A CTE's body: one member with what recording its state takes. */
export const MEMBER_FACTS = (generation: number, ordinal: number) => sql`
  select m.generation, m.ordinal, m.name, w.fleet, w.service, w.environment, d.ended_at is not null as ended,
    coalesce(m.recorded_code_version, s.code_version) as code_version,
    coalesce(m.recorded_configuration_version, s.configuration_version) as configuration_version
  from members m
  join snapshots s using (generation, ordinal)
  join deployments d using (generation)
  join draws w using (generation)
  where m.generation = ${generation} and m.ordinal = ${ordinal}`;

/**
 * CTEs that record what `me` was seen like, if `due` has a row: with the member, with the instance,
 * and, when its versions are others than before, in its history. Without versions it keeps those it had.
 */
export function recordingState(state: InstanceState | undefined) {
  return sql`
    seen as (
      select me.*, coalesce(${state?.versions?.codeVersion ?? null}, me.code_version) as code,
        coalesce(${state?.versions?.configurationVersion ?? null}, me.configuration_version) as configuration,
        ${state?.health ?? null}::smallint as health, clock_timestamp() as at
      from me, due where ${state?.health ?? null}::smallint is not null
    ),
    member as (
      update members m
      set recorded_code_version = seen.code, recorded_configuration_version = seen.configuration,
        recorded_health = seen.health
      from seen
      where m.generation = seen.generation and m.ordinal = seen.ordinal
        and (m.recorded_code_version, m.recorded_configuration_version, m.recorded_health)
          is distinct from (seen.code, seen.configuration, seen.health)
    ),
    before as (
      select i.code_version, i.configuration_version from instances i, seen
      where i.fleet = seen.fleet and i.name = seen.name
    ),
    instance as (
      insert into instances as i (fleet, name, service, environment, code_version, configuration_version, health,
        since, generation, found)
      select fleet, name, service, environment, code, configuration, health, at, generation, false from seen
      ${UPDATE_INSTANCE}
    ),
    history as (
      insert into instance_history (fleet, name, service, environment, code_version, configuration_version, since,
        generation, found)
      select fleet, name, service, environment, code, configuration, at, generation, false from seen
      where code is not null and not exists (
        select from before
        where (before.code_version, before.configuration_version) = (seen.code, seen.configuration))
    )`;
}

/** Other versions begin anew: since now, by this deployment. The same ones only change in health. */
export const UPDATE_INSTANCE = sql.raw(`
  on conflict (fleet, name) do update set
    service = excluded.service, environment = excluded.environment,
    code_version = excluded.code_version, configuration_version = excluded.configuration_version,
    health = excluded.health,
    since = case when (i.code_version, i.configuration_version) is distinct from
      (excluded.code_version, excluded.configuration_version) then excluded.since else i.since end,
    generation = case when (i.code_version, i.configuration_version) is distinct from
      (excluded.code_version, excluded.configuration_version) then excluded.generation else i.generation end,
    found = case when (i.code_version, i.configuration_version) is distinct from
      (excluded.code_version, excluded.configuration_version) then excluded.found else i.found end
  where (i.service, i.environment, i.code_version, i.configuration_version, i.health) is distinct from
    (excluded.service, excluded.environment, excluded.code_version, excluded.configuration_version, excluded.health)`);
