import { QueryNotRegisteredError, type Client } from '@temporalio/client';
import { isTerminal, type StatusDocument } from '../domain';
import type { ControlStore, DeploymentRow } from '../store/types';
import { progress, workflowIdOf } from '../workflows/messages';
import type { Standing } from './control';
import { Refused } from './errors';
import { lookUp, unknownDeployment } from './find';
import { deploymentNameText, type DeploymentName } from './name';
import { ask, openWorkflows, temporalUnreachable, type Asked, type NoAnswer } from './temporal';

/** How long the workflow may take to answer before the database is asked instead. */
const QUERY_MS = 2_000;

/** Where a deployment stands: the workflow tells while it is in flight, else the database does. */
export async function standing(client: Client, store: ControlStore, name: DeploymentName): Promise<Standing> {
  const row = await lookUp(store, name);
  if (row === undefined) throw (await notYetBegun(client, name)) ?? (await unknownDeployment(store, name));
  return standingOf(client, store, row);
}

/** As `standing`, for a row that was read already. */
export async function standingOf(client: Client, store: ControlStore, row: DeploymentRow): Promise<Standing> {
  if (isTerminal(row.status)) return recorded(row);
  const asked = await askProgress(client, row);
  if (asked.kind === 'answered')
    return { document: untilNow(asked.value), source: 'workflow', recorded: false, lost: false };
  // It may have ended between the two questions.
  const now = (await store.deployment(row.generation)) ?? row;
  if (isTerminal(now.status)) return recorded(now);
  const notice = noticeOf(now, asked);
  const lost = asked.kind === 'gone';
  return { document: lost ? now.document : untilNow(now.document), source: 'database', recorded: false, lost, notice };
}

/** A workflow's clock stands still between its tasks; until the end, time passes all the same. */
function untilNow(document: StatusDocument): StatusDocument {
  if (document.ended_at !== null) return document;
  return { ...document, duration_ms: Math.max(document.duration_ms, Date.now() - Date.parse(document.started_at)) };
}

/** The workflow's own word; `gone` when it isn't this deployment's any more, or has closed without its end recorded. */
async function askProgress(client: Client, row: DeploymentRow): Promise<Asked<StatusDocument>> {
  const handle = openWorkflows(client).getHandle(row.workflowId);
  const asked = await ask(client, QUERY_MS, () => handle.query(progress)).catch(otherNotBegun);
  if (asked.kind === 'answered') return asked.value.generation === row.generation ? asked : { kind: 'gone' };
  if (asked.kind !== 'no_worker') return asked;
  const described = await ask(client, QUERY_MS, () => handle.describe());
  if (described.kind !== 'answered') return described;
  const { status, raw } = described.value;
  const ours = raw.workflowExecutionInfo?.firstRunId === row.runId;
  return status.name === 'RUNNING' && ours ? asked : { kind: 'gone' };
}

/** The workflow of that id is there and hasn't begun: it is a later deployment's, and this one's is gone. */
function otherNotBegun(error: unknown): NoAnswer {
  if (error instanceof QueryNotRegisteredError) return { kind: 'gone' };
  throw error;
}

function recorded(row: DeploymentRow): Standing {
  return { document: row.document, source: 'database', recorded: true, lost: false };
}

function noticeOf(row: DeploymentRow, asked: NoAnswer): string {
  switch (asked.kind) {
    case 'no_worker':
      return 'No worker answers: this is what was last recorded. It goes on as soon as one runs (`belay worker`, or `belay dev`).';
    case 'unreachable':
      return "Temporal doesn't answer: this is what was last recorded. `belay doctor` says what to check.";
    case 'gone':
      return (
        `Temporal doesn't know ${row.id} any more: its orchestrator was lost, and nothing goes on by itself. ` +
        `\`belay rollback ${row.environment}/${row.service}\` takes it back, and so does any new deployment take its place.`
      );
  }
}

/** A workflow that no worker has taken up yet has no row: it can be said that it waits, and nothing more. */
async function notYetBegun(client: Client, name: DeploymentName): Promise<Refused | undefined> {
  if (name.generation !== undefined) return undefined;
  const handle = client.workflow.getHandle(workflowIdOf(name.environment, name.service));
  const asked = await ask(client, QUERY_MS, () => handle.describe());
  if (asked.kind === 'unreachable') throw temporalUnreachable(asked.error);
  if (asked.kind !== 'answered' || asked.value.status.name !== 'RUNNING') return undefined;
  return new Refused(`a deployment of ${deploymentNameText(name)} was started and hasn't begun yet`, [
    'it begins as soon as a worker runs: `belay worker`, or `belay dev`',
  ]);
}
