import { sql } from 'kysely';
import type { Health } from '../domain';
import { MEMBER_FACTS, recordingState } from './recording';
import { snapshotOf, versionsIn, type Db, type VersionColumns } from './rows';
import type { ControlStore } from './types';
import type { InstanceState } from './instance-state';
import type { WorkStore } from './work-store';

interface StateRow extends VersionColumns {
  name: string;
  health: Health;
}

interface HistoryRow extends VersionColumns {
  name: string;
  service: string;
  environment: string;
  since: Date;
  generation: number;
  by: string;
  found: boolean;
}

interface RunningGroup extends VersionColumns {
  service: string;
  environment: string;
  instances: number;
  since: Date;
  by: string;
  found: boolean;
  mixed: boolean;
}

function stateOf(row: StateRow): InstanceState {
  return snapshotOf(versionsIn(row), row.health)!;
}

/** What instances run, across deployments: what was last seen of each, and its history. */
export function instancesIn(db: Db) {
  return {
    async recordState(generation, ordinal, state) {
      await sql`/* prepare record_state */
        with me as (${MEMBER_FACTS(generation, ordinal)}),
        due as (select from me where not me.ended),
        ${recordingState(state)}
        select from due`.execute(db);
    },

    async recordedStates(generation) {
      const { rows } = await sql<StateRow>`
        select name, recorded_code_version as code_version,
          recorded_configuration_version as configuration_version, recorded_artifact as artifact, recorded_health as health
        from members where generation = ${generation} and recorded_health is not null
        order by ordinal`.execute(db);
      return rows.map((row) => ({ name: row.name, state: stateOf(row) }));
    },

    async recorded(fleet, names) {
      const { rows } = await sql<StateRow>`
        select name, code_version, configuration_version, artifact, health from instances
        where fleet = ${fleet} and name = any(${names})`.execute(db);
      return new Map(rows.map((row) => [row.name, stateOf(row)]));
    },

    /** Newest first. */
    async instanceHistory({ instance, service = null, environment = null }) {
      const { rows } = await sql<HistoryRow>`
        select h.*, r.actor as by
        from instance_history h join draws w using (generation) join requests r on r.id = w.request_id
        where h.name = ${instance} and (${service}::text is null or h.service = ${service})
          and (${environment}::text is null or h.environment = ${environment})
        order by h.id desc`.execute(db);
      return rows.map((row) => {
        const { name: instance, service, environment, since, generation, by } = row;
        const found = row.found ? { found: true as const } : {};
        return { instance, service, environment, versions: versionsIn(row)!, since, generation, by, ...found };
      });
    },

    /** By service; of each, the release that most instances run first. */
    async running({ service = null, environment = null } = {}) {
      const { rows } = await sql<RunningGroup>`
        with told as (
          -- Whoever doesn't tell its artifact is counted with those of the same versions that do.
          select i.environment, i.service, i.code_version, i.configuration_version, i.since, i.generation, i.found,
            coalesce(i.artifact, min(i.artifact) over (
              partition by i.environment, i.service, i.code_version, i.configuration_version)) as artifact
          from instances i
          where i.code_version is not null and (${service}::text is null or i.service = ${service})
            and (${environment}::text is null or i.environment = ${environment})
        ),
        release as (
          select environment, service, code_version, configuration_version, artifact, count(*) as instances,
            min(since) as since, max(generation) as generation, bool_and(found) as found
          from told group by environment, service, code_version, configuration_version, artifact
        )
        select release.*, r.actor as by,
          count(*) over (partition by release.environment, release.service) > 1 as mixed
        from release join draws w using (generation) join requests r on r.id = w.request_id
        order by release.environment, release.service, release.instances desc, release.since desc`.execute(db);
      return rows.map((row) => {
        const { service, environment, instances, since, by, mixed } = row;
        const found = row.found ? { found: true as const } : {};
        return { service, environment, versions: versionsIn(row)!, instances, since, by, ...found, mixed };
      });
    },
  } satisfies Partial<ControlStore & WorkStore>;
}
