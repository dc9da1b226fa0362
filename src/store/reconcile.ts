import { sql } from 'kysely';
import type { DeploymentSpec, Health, Status } from '../domain';
import type { Episode } from '../domain/reconcile';
import { SILENT } from './hearing';
import { HEALTH_NOW } from './inventory';
import { lastKnown } from './members';
import type { DecisiveRow, FleetRow, PastRow, ReconcileStore } from './reconcile-types';
import { first, present, versionsIn, type Db, type VersionColumns } from './rows';

interface DecisiveColumns extends Omit<DecisiveRow, 'id' | 'refused' | 'labels'> {
  refused: string | null;
}

interface FleetColumns extends VersionColumns {
  environment: string;
  service: string;
  name: string;
  health: Health;
  silent: boolean;
  seen_at: Date;
  versions_since: Date;
  joined_at: Date;
  enrolled_at: Date;
  held: boolean;
}

interface EpisodeColumns extends VersionColumns {
  generation: number;
  kind: Episode['kind'];
  status: Status;
  superseded: boolean;
  ended_at: string | null;
  touched: boolean;
  result: string | null;
  reason: string | null;
}

interface PastColumns {
  environment: string;
  service: string;
  name: string;
  known: boolean;
  episodes: EpisodeColumns[] | null;
}

/** For so long, what was refused is not asked for again. */
const REFUSAL = sql.raw(`interval '5 minutes'`);
const WHOLE = sql.raw(`(json_array_length(r.spec -> 'selection' -> 'only') = 0
  and json_array_length(r.spec -> 'selection' -> 'exclude') = 0)`);

/** What `lastKnown` asks: deployments that people asked for, and members that are still there. */
const BY_PEOPLE = sql<boolean>`(not m.has_left and exists (
  select from requests r where r.id = d.request_id and r.kind <> 'reconcile'))`;

/** Reading what fleets are to run, and what they run. */
export function reconcileIn(db: Db) {
  return {
    async decisive() {
      const { rows } = await sql<DecisiveColumns>`
        select newest.*, f.reason as refused
        from (select distinct environment, service from deployments) s
        cross join lateral (
          select d.generation, d.environment, d.service, d.status, r.kind, r.spec
          from deployments d join requests r on r.id = d.request_id
          where d.environment = s.environment and d.service = s.service
            and (r.kind = 'rollback' or (r.kind = 'deploy' and ${WHOLE})) and r.spec -> 'fleet' ->> 'kind' <> 'none'
          order by d.generation desc limit 1) newest
        left join repair_refusals f on f.environment = s.environment and f.service = s.service
          and f.at > clock_timestamp() - ${REFUSAL}
        where newest.spec -> 'fleet' ->> 'kind' = 'inventory'
        order by newest.environment, newest.service`.execute(db);
      return rows.map((row) => {
        const { environment, service, generation } = row;
        return { ...present(row), id: `${environment}/${service}/${generation}`, labels: labelsOf(row.spec) };
      });
    },

    leftBy: (generation) => lastKnown(db, generation, BY_PEOPLE),

    async fleets(of) {
      const { rows } = await sql<FleetColumns>`
        select f.environment, f.service, i.name, ${HEALTH_NOW} as health, ${SILENT} as silent, i.code_version,
          i.configuration_version, i.artifact, i.seen_at, i.versions_since, i.joined_at, i.enrolled_at,
          exists (select from claims c where c.fleet = 'inventory' and c.name = i.name) as held
        from json_to_recordset(${JSON.stringify(of)}::json) as f(environment text, service text, labels jsonb)
        join inventory i on i.labels @> f.labels and i.deleted_at is null and i.excluded_at is null
        order by f.environment, f.service, i.name`.execute(db);
      return rows.map(fleetRow);
    },

    async pastOf(instances) {
      const { rows } = await sql<PastColumns>`
        select w.environment, w.service, w.name,
          coalesce(bool_or(r.kind <> 'reconcile' and not s.excluded and s.taken_at >= w."joinedAt"), false) as known,
          json_agg(json_build_object('generation', d.generation, 'kind', r.kind, 'status', d.status,
            'superseded', d.superseded, 'ended_at', d.ended_at, 'result', o.result, 'reason', o.reason,
            'touched', exists (
              select from attempts a where a.generation = m.generation and a.ordinal = m.ordinal),
            'code_version', case when m.recorded_health is null then s.code_version else m.recorded_code_version end,
            'configuration_version', case when m.recorded_health is null then s.configuration_version
              else m.recorded_configuration_version end,
            'artifact', case when m.recorded_health is null then s.artifact else m.recorded_artifact end) order by d.generation)
            filter (where d.generation > w.since) as episodes
        from json_to_recordset(${JSON.stringify(instances)}::json)
          as w(environment text, service text, name text, since bigint, "joinedAt" timestamptz)
        join members m on m.name = w.name
        join deployments d on d.generation = m.generation and d.environment = w.environment and d.service = w.service
        join requests r on r.id = d.request_id
        join snapshots s on s.generation = m.generation and s.ordinal = m.ordinal
        left join lateral (
          select o.result, o.reason from outcomes o
          where o.generation = m.generation and o.ordinal = m.ordinal and o.towards = 'release'
          order by o.round desc limit 1) o on d.generation > w.since
        group by w.environment, w.service, w.name`.execute(db);
      return rows.map(pastRow);
    },

    async reconciliation() {
      const row = await first(
        sql<{ mode: 'off' | 'report' | 'repair'; interval_ms: number; swept_at: Date | null }>`
          select mode, interval_ms, swept_at from reconciliation`,
        db,
      );
      return row && present({ mode: row.mode, intervalMs: row.interval_ms, sweptAt: row.swept_at });
    },
  } satisfies Partial<ReconcileStore>;
}

function labelsOf({ fleet }: DeploymentSpec): Record<string, string> {
  return fleet.kind === 'inventory' ? fleet.labels : {};
}

function fleetRow(row: FleetColumns): FleetRow {
  const { environment, service, name, health, silent } = row;
  return present({
    environment,
    service,
    name,
    health,
    silent,
    versions: versionsIn(row),
    seenAt: row.seen_at,
    versionsSince: row.versions_since,
    joinedAt: row.joined_at,
    enrolledAt: row.enrolled_at,
    isHeld: row.held,
  });
}

function pastRow({ environment, service, name, known, episodes }: PastColumns): PastRow {
  return {
    environment,
    service,
    name,
    isKnown: known,
    episodes: (episodes ?? []).map((each) => {
      const { generation, kind, status, superseded, touched, result, reason, ended_at: endedAt } = each;
      return present({
        id: `${environment}/${service}/${generation}`,
        kind,
        status,
        superseded,
        touched,
        result,
        reason,
        endedAt: endedAt === null ? null : new Date(endedAt),
        versions: versionsIn(each),
      });
    }),
  };
}
