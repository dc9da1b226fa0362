import { sql } from 'kysely';
import type { ChangeOutcome, Health, RestoreOutcome, Versions } from '../domain';
import { OUTCOME_JSON } from './outcomes';
import { listedMember, type ListedRow } from './requests';
import { present, snapshotOf, versionsIn, versionsOf, type Db, type VersionColumns } from './rows';
import type { ControlStore, MemberRow } from './types';
import type { WorkKey } from './work-attempt';
import type { WorkMember } from './work-member';
import type { WorkStore } from './work-store';

/** The columns of a member `m` with its snapshot `s`. */
export const MEMBER_COLUMNS = sql.raw(`m.generation, m.ordinal, m.name, m.address, m.labels, m.code_version,
  m.configuration_version, m.artifact, m.health, m.target_code_version, m.target_configuration_version,
  m.target_artifact, m.target_health, m.recorded_code_version, m.recorded_configuration_version, m.recorded_artifact,
  m.recorded_health, m.has_left, s.code_version as snapshot_code_version,
  s.configuration_version as snapshot_configuration_version, s.artifact as snapshot_artifact, s.health as snapshot_health, s.excluded`);

export interface MemberColumns extends ListedRow {
  has_left: boolean;
  recorded_code_version: string | null;
  recorded_configuration_version: string | null;
  recorded_artifact: string | null;
  recorded_health: Health | null;
  snapshot_code_version: string | null;
  snapshot_configuration_version: string | null;
  snapshot_artifact: string | null;
  snapshot_health: Health;
  excluded: boolean;
}

/** A row of `MEMBER_COLUMNS`. */
export function workMember(row: MemberColumns): WorkMember {
  const { snapshot_health: health } = row;
  const versions = versionsOf(row.snapshot_code_version, row.snapshot_configuration_version, row.snapshot_artifact);
  const last = versionsOf(row.recorded_code_version, row.recorded_configuration_version, row.recorded_artifact);
  const recorded = snapshotOf(last, row.recorded_health);
  return { ...listedMember(row), snapshot: present({ versions, health }), ...present({ recorded }) };
}

interface Row extends MemberColumns {
  changed: ChangeOutcome | null;
  restored: RestoreOutcome | null;
}

function memberRow(row: Row): MemberRow {
  const { target: _, ...member } = workMember(row);
  return {
    ...member,
    ...present({ changed: row.changed, restored: row.restored }),
    left: row.has_left,
    excluded: row.excluded,
  };
}

/** The last outcome of a member `m` in one direction. */
const lastOutcome = (towards: WorkKey['towards']) => sql`(
  select ${OUTCOME_JSON} from outcomes o
  where o.generation = m.generation and o.ordinal = m.ordinal and o.towards = ${sql.lit(towards)}
  order by o.round desc limit 1)`;

/** Reading members, and what they ran. */
export function membersIn(db: Db) {
  return {
    async members(generation, page = { offset: 0, limit: Number.MAX_SAFE_INTEGER }) {
      const { rows } = await sql<Row>`
        select ${MEMBER_COLUMNS}, ${lastOutcome('release')} as changed, ${lastOutcome('snapshot')} as restored
        from members m join snapshots s using (generation, ordinal)
        where m.generation = ${generation}
        order by m.ordinal offset ${page.offset} limit ${page.limit}`.execute(db);
      return rows.map(memberRow);
    },

    stateAfter: (generation) => lastKnown(db, generation),

    async requestedMembers(requestId) {
      const { rows } = await sql<ListedRow>`
        select * from request_members where request_id = ${requestId} order by ordinal`.execute(db);
      return rows.map(listedMember);
    },

    async memberNames(generation, from, limit) {
      const { rows } = await sql<{ name: string }>`
        select name from members where generation = ${generation} and ordinal >= ${from}
        order by ordinal limit ${limit}`.execute(db);
      return rows.map((row) => row.name);
    },

    async memberOrdinals(generation, names) {
      const { rows } = await sql<{ ordinal: number | null }>`
        select m.ordinal from unnest(${names}::text[]) with ordinality as wanted (name, place)
        left join members m on m.generation = ${generation} and m.name = wanted.name
        order by wanted.place`.execute(db);
      return rows.map((row) => row.ordinal);
    },

    async goodMembers(generation) {
      const { rows } = await sql<MemberColumns & { round: number; attempts: number }>`
        select ${MEMBER_COLUMNS}, latest.round, latest.attempts
        from members m join snapshots s using (generation, ordinal)
        join lateral (
          select o.result, o.round, o.attempts from outcomes o
          where o.generation = m.generation and o.ordinal = m.ordinal and o.towards = 'release'
          order by o.round desc limit 1) latest on latest.result = 'good'
        where m.generation = ${generation} and not m.has_left
          -- One that left and came back may be changed once more: until that has an outcome it isn't looked at.
          and not exists (
            select from attempts a
            where a.generation = m.generation and a.ordinal = m.ordinal
              and (a.towards = 'snapshot' or a.round > latest.round))
          and not exists (
            select from outcomes o
            where o.generation = m.generation and o.ordinal = m.ordinal and o.towards = 'snapshot')
        order by m.ordinal`.execute(db);
      return rows.map((row) => ({ ...workMember(row), round: row.round, attempts: row.attempts }));
    },
  } satisfies Partial<ControlStore & WorkStore>;
}

/**
 * What each member of a service's fleet ran when that generation had ended. The last deployment up to then that knew a
 * member tells; one that left it out tells nothing. `counts`: which of deployments `d` and members `m` are asked at all.
 */
export async function lastKnown(
  db: Db,
  generation: number,
  counts = sql<boolean>`true`,
): Promise<Map<string, Versions>> {
  const { rows } = await sql<VersionColumns & { name: string }>`
    select distinct on (m.name) m.name,
      case when m.recorded_health is null then s.code_version else m.recorded_code_version end as code_version,
      case when m.recorded_health is null then s.configuration_version
        else m.recorded_configuration_version end as configuration_version,
      case when m.recorded_health is null then s.artifact else m.recorded_artifact end as artifact
    from deployments this
    join deployments d
      on d.environment = this.environment and d.service = this.service and d.generation <= this.generation
    join members m on m.generation = d.generation
    left join snapshots s on s.generation = m.generation and s.ordinal = m.ordinal
    where this.generation = ${generation} and (m.recorded_health is not null or s.health is not null) and ${counts}
    order by m.name, m.generation desc`.execute(db);
  const known = new Map<string, Versions>();
  for (const row of rows) {
    const versions = versionsIn(row);
    if (versions !== undefined) known.set(row.name, versions);
  }
  return known;
}
