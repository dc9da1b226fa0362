import { sql } from 'kysely';
import type { DeploymentSpec, Health } from '../domain';
import { columnsOf, first, present, snapshotOf, versionsIn, versionsOf, type Db, type VersionColumns } from './rows';
import type { ControlStore, Request, RequestedMember } from './types';

interface RequestRow {
  id: string;
  kind: Request['kind'];
  spec: DeploymentSpec;
  actor: string;
  note: string | null;
  rollback_of: number | null;
  expected: NonNullable<Request['expected']> | null;
  override_freeze: string | null;
  created_at: Date;
}

export interface ListedRow extends VersionColumns {
  ordinal: number;
  name: string;
  address: string | null;
  labels: Record<string, string>;
  health: Health | null;
  target_code_version: string | null;
  target_configuration_version: string | null;
  target_artifact: string | null;
  target_health: Health | null;
}

/** The columns of a listed member, for `json_to_recordset`. */
export const LISTED_COLUMNS = sql.raw(`ordinal int, name text, address text, labels json, code_version text,
  configuration_version text, artifact text, health smallint, target_code_version text,
  target_configuration_version text, target_artifact text, target_health smallint`);
export const LISTED_NAMES = sql.raw(`ordinal, name, address, labels, code_version, configuration_version, artifact,
  health, target_code_version, target_configuration_version, target_artifact, target_health`);

/** A member as the row that requests and deployments store of it. */
export function listedRow(member: RequestedMember): ListedRow {
  const target = columnsOf(member.target?.versions);
  return {
    ordinal: member.ordinal,
    name: member.name,
    address: member.address ?? null,
    labels: member.labels,
    ...columnsOf(member.versions),
    health: member.health ?? null,
    target_code_version: target.code_version,
    target_configuration_version: target.configuration_version,
    target_artifact: target.artifact,
    target_health: member.target?.health ?? null,
  };
}

export function listedMember(row: ListedRow): RequestedMember {
  const target = versionsOf(row.target_code_version, row.target_configuration_version, row.target_artifact);
  return present({
    ordinal: row.ordinal,
    name: row.name,
    address: row.address,
    labels: row.labels,
    versions: versionsIn(row),
    health: row.health,
    target: snapshotOf(target, row.target_health),
  });
}

/** What was asked for: never changed once it is stored. */
export function requestsIn(db: Db) {
  return {
    async createRequest(request, members, id) {
      const row = await first(
        sql<{ id: string }>`
          with request as (
            insert into requests (id, kind, spec, actor, note, rollback_of, expected, override_freeze)
            values (coalesce(${id ?? null}::uuid, gen_random_uuid()), ${request.kind}, ${JSON.stringify(request.spec)}, ${request.actor}, ${request.note ?? null},
              ${request.rollbackOf ?? null}, ${request.expected === undefined ? null : JSON.stringify(request.expected)},
              ${request.overrideFreeze ?? null})
            on conflict (id) do nothing returning id
          ), listed as (
            insert into request_members (request_id, ${LISTED_NAMES})
            select request.id, member.*
            from request, json_to_recordset(${JSON.stringify(members.map(listedRow))}) as member(${LISTED_COLUMNS})
          )
          select id from request`,
        db,
      );
      return row?.id ?? id!;
    },

    async request(id) {
      const row = await first(sql<RequestRow>`select * from requests where id = ${id}`, db);
      if (row === undefined) return undefined;
      return present({
        id: row.id,
        kind: row.kind,
        spec: row.spec,
        actor: row.actor,
        note: row.note,
        rollbackOf: row.rollback_of,
        expected: row.expected,
        overrideFreeze: row.override_freeze,
        createdAt: row.created_at,
      });
    },
  } satisfies Pick<ControlStore, 'createRequest' | 'request'>;
}
