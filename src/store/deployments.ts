import { sql } from 'kysely';
import type { Status, StatusDocument } from '../domain';
import { first, present, type Db } from './rows';
import type { ControlStore, DeploymentRow } from './types';

interface Row {
  generation: number;
  request_id: string;
  workflow_id: string;
  run_id: string;
  service: string;
  environment: string;
  status: Status;
  rollback_generation: number | null;
  rollback_of: number | null;
  document: StatusDocument;
  started_at: Date;
  ended_at: Date | null;
}

function deploymentOf(row: Row): DeploymentRow {
  return present({
    generation: row.generation,
    id: `${row.environment}/${row.service}/${row.generation}`,
    requestId: row.request_id,
    workflowId: row.workflow_id,
    runId: row.run_id,
    service: row.service,
    environment: row.environment,
    status: row.status,
    rollbackGeneration: row.rollback_generation,
    rollbackOf: row.rollback_of,
    document: row.document,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  });
}

/** Reading deployments. */
export function deploymentsIn(db: Db) {
  return {
    async deployment(generation) {
      const row = await first(sql<Row>`select * from deployments where generation = ${generation}`, db);
      return row && deploymentOf(row);
    },

    async deploymentFor(requestId) {
      const row = await first(
        sql<Row>`select * from deployments where request_id = ${requestId} order by generation desc limit 1`,
        db,
      );
      return row && deploymentOf(row);
    },

    async latest(environment, service) {
      const row = await first(
        sql<Row>`
          select * from deployments where environment = ${environment} and service = ${service}
          order by ended_at is null desc, generation desc limit 1`,
        db,
      );
      return row && deploymentOf(row);
    },

    async latestByPeople(environment, service) {
      const row = await first(
        sql<Row>`
          select d.* from deployments d join requests r on r.id = d.request_id
          where d.environment = ${environment} and d.service = ${service} and r.kind <> 'reconcile'
          order by d.ended_at is null desc, d.generation desc limit 1`,
        db,
      );
      return row && deploymentOf(row);
    },

    async inFlight() {
      const { rows } = await sql<Row>`select * from deployments where ended_at is null order by generation`.execute(db);
      return rows.map(deploymentOf);
    },

    /** Newest first. */
    async deployments(filter) {
      const { service = null, environment = null, instance = null, limit = null } = filter;
      const { environments = null, services = null, before = null } = filter;
      const { rows } = await sql<Row>`
        select * from deployments d
        where (${service}::text is null or service = ${service})
          and (${environment}::text is null or environment = ${environment})
          and (${environments}::text[] is null or environment = any(${environments}))
          and (${services}::text[] is null or service = any(${services}))
          and (${before}::bigint is null or generation < ${before})
          and (${instance}::text is null or exists (
            select from members m where m.name = ${instance} and m.generation = d.generation))
        order by generation desc limit ${limit}`.execute(db);
      return rows.map(deploymentOf);
    },
  } satisfies Partial<ControlStore>;
}
