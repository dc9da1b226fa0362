import { sql, type Transaction } from 'kysely';
import type { Status, StatusDocument } from '../domain';
import { freezeText } from '../domain/freeze';
import { forgetBegin, hasBegun, lockBegin, releaseClaims } from './claims';
import { insertEvent } from './events';
import { freezesMet, type Met } from './freezes';
import { settleUnknown, tallyOf } from './lost';
import { noOtherArtifact, UPDATE_INSTANCE } from './recording';
import { LISTED_NAMES } from './requests';
import { first, type Db } from './rows';
import type { NewDeployment, WorkStore } from './work-store';

/** That it stands still, or turns back, is told when it does so: for whatever reason. */
const TOLD: readonly Status[] = ['paused', 'rolling_back'];

/** The birth and the end of a deployment. */
export function lifecycleIn(db: Db) {
  return {
    async createDeployment(deployment) {
      return db.transaction().execute(async (tx) => {
        const { generation, requestId } = deployment;
        await lockBegin(tx, generation);
        if (await hasBegun(tx, generation)) return [];
        const { forbidding, overridden } = await freezesMet(tx, requestId);
        if (forbidding.length > 0) return forbidding;
        await insertDeployment(tx, deployment);
        await assertClaims(tx, generation, requestId);
        await sql`
          insert into members (generation, ${LISTED_NAMES})
          select ${generation}, ${LISTED_NAMES} from request_members where request_id = ${requestId}`.execute(tx);
        await recordFound(tx, generation);
        await sql`
          insert into events (generation, service, environment, type, by, reason)
          select w.generation, w.service, w.environment, 'started', r.actor, r.note
          from draws w join requests r on r.id = w.request_id where w.generation = ${generation}`.execute(tx);
        if (overridden !== undefined) await recordOverride(tx, generation, overridden);
        return [];
      });
    },

    async begun(generation) {
      const row = await first(
        sql<{ answer: unknown }>`select answer from deployments where generation = ${generation}`,
        db,
      );
      return row?.answer ?? undefined;
    },

    async saveProgress(document) {
      const { generation, status, reason } = document;
      await sql`
        with before as (
          select generation, status from deployments where generation = ${generation} and ended_at is null for update
        ), saved as (
          update deployments d set status = ${status}, document = ${JSON.stringify(document)}
          from before where d.generation = before.generation
          returning before.status as was
        )
        insert into events (generation, type, reason)
        select ${generation}, ${status}, ${reason} from saved
        where was <> ${status} and ${TOLD.includes(status)}`.execute(db);
    },

    async end(document) {
      return db.transaction().execute((tx) => end(tx, document));
    },

    async endLost(generation, reason) {
      return db.transaction().execute(async (tx) => {
        const row = await first(
          sql<{ document: StatusDocument; now: Date }>`
            select document, now() as now from deployments
            where generation = ${generation} and ended_at is null for update`,
          tx,
        );
        if (row === undefined) {
          await forgetBegin(tx, generation);
          // One that has ended may have claimed a newcomer at its very end.
          await releaseClaims(tx, generation);
          return false;
        }
        const { awaiting: _, ...document } = row.document;
        await settleUnknown(tx, generation);
        return end(tx, {
          ...document,
          ...(await tallyOf(tx, document)),
          status: 'failed',
          reason,
          ended_at: row.now.toISOString(),
          duration_ms: Math.max(0, row.now.getTime() - Date.parse(document.started_at)),
        });
      });
    },
  } satisfies Partial<WorkStore>;
}

async function insertDeployment(tx: Transaction<unknown>, deployment: NewDeployment): Promise<void> {
  const { generation, requestId, workflowId, runId, document, answer, snapshotFile } = deployment;
  await sql`
    insert into deployments (generation, request_id, workflow_id, run_id, service, environment, status, rollback_of,
      document, answer, snapshot_file, started_at)
    values (${generation}, ${requestId}, ${workflowId}, ${runId}, ${document.service}, ${document.environment},
      ${document.status}, ${document.rollback_of ?? null}, ${JSON.stringify(document)}, ${JSON.stringify(answer)},
      ${snapshotFile ?? null}, ${document.started_at})`.execute(tx);
}

/** Who went past which freezes, and why. */
async function recordOverride(
  tx: Transaction<unknown>,
  generation: number,
  { by, reason, freezes }: NonNullable<Met['overridden']>,
): Promise<void> {
  const words = `${reason} (${freezes.map(freezeText).join('; ')})`;
  await insertEvent(tx, { generation, type: 'freeze_overridden', by, reason: words });
}

/** Between claiming and here the claims may have been given back, by an attempt that was overtaken or taken for lost. */
async function assertClaims(tx: Transaction<unknown>, generation: number, requestId: string): Promise<void> {
  const missing = await first(
    sql<{ name: string }>`
      select name collate "C" as name from request_members where request_id = ${requestId}
      except
      select c.name from claims c join draws w using (generation, fleet) where c.generation = ${generation}
      limit 1`,
    tx,
  );
  if (missing !== undefined) {
    throw new Error(`Generation ${generation} lost its claim on ${missing.name} before it began: begin again`);
  }
}

/**
 * What the snapshot shows is what runs, until a change says otherwise. It enters an instance's history where it
 * is news: somebody else brought it. Of one that wasn't reached, what was recorded before stands.
 */
export async function recordFound(tx: Transaction<unknown>, generation: number, from = 0): Promise<void> {
  await sql`
    with seen as (
      select w.fleet, m.name, w.service, w.environment, s.code_version, s.configuration_version, s.artifact, s.health,
        clock_timestamp() as since, s.generation, true as found
      from snapshots s
      join members m using (generation, ordinal)
      join draws w using (generation)
      left join instances i on i.fleet = w.fleet and i.name = m.name
      where s.generation = ${generation} and s.ordinal >= ${from} and s.code_version is not null
        and (not s.unreachable or i.name is null)
    ),
    history as (
      insert into instance_history (fleet, name, service, environment, code_version, configuration_version, artifact,
        since, generation, found)
      select fleet, name, service, environment, code_version, configuration_version, artifact, since, generation, found
      from seen
      where not exists (
        select from instances i
        where i.fleet = seen.fleet and i.name = seen.name
          and (i.code_version, i.configuration_version) = (seen.code_version, seen.configuration_version)
          and ${noOtherArtifact('i.artifact', 'seen.artifact')})
    )
    insert into instances as i (fleet, name, service, environment, code_version, configuration_version, artifact,
      health, since, generation, found)
    select * from seen order by name
    ${UPDATE_INSTANCE}`.execute(tx);
}

async function end(tx: Transaction<unknown>, document: StatusDocument): Promise<boolean> {
  const { generation, service, environment, status, reason } = document;
  const ended = await first(
    sql`
      update deployments
      set status = ${status}, document = ${JSON.stringify(document)}, ended_at = coalesce(${document.ended_at}, now())
      where generation = ${generation} and ended_at is null
      returning generation`,
    tx,
  );
  await releaseClaims(tx, generation);
  if (ended === undefined) return false;
  const words = reason === null ? status : `${status}: ${reason}`;
  await insertEvent(tx, { generation, service, environment, type: 'ended', reason: words });
  return true;
}
