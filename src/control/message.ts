import { createHash, randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { isTerminal, type MessageKind } from '../domain';
import type { ControlStore } from '../store/types';
import { signal, update, workflowIdOf, type Accepted, type AdjustFields } from '../workflows/messages';
import { aimOf } from './aim';
import type { Delivered, Trace } from './control';
import { Refused } from './errors';
import { lookUp, unknownDeployment } from './find';
import { deploymentNameText, type DeploymentName } from './name';
import { ask, temporalUnreachable } from './temporal';

/** How long the Update may take before the Signal is sent instead. */
const UPDATE_MS = 5_000;
const SIGNAL_MS = 4_000;

/** How long Temporal may take to find an Update of long ago. */
const FIND_MS = 2_000;

/** Sends a message that may have been sent before, to the same deployment as then. */
export async function sendTraced(
  client: Client,
  store: ControlStore,
  name: DeploymentName,
  kind: MessageKind,
  given: AdjustFields,
  trace: Trace,
): Promise<Delivered> {
  const aim = trace.aim ?? (await aimOf(client, store, name));
  if (aim === undefined) throw await ended(store, name);
  const { generation, run_id: runId } = aim;
  const { environment, service } = name;
  const which = { environment, service, ...(generation === undefined ? {} : { generation }) };
  const fields = { ...given, request_id: trace.id };
  if (trace.aim === undefined) await trace.keepAim(aim);
  const before = trace.aim && (await deliveredBefore(client, store, which, kind, fields, runId));
  return before ?? sendMessage(client, store, which, kind, fields, runId);
}

/** What came of an Update that was sent before, also where its deployment has ended since; undefined: nobody knows. */
async function deliveredBefore(
  client: Client,
  store: ControlStore,
  name: DeploymentName,
  kind: MessageKind,
  given: AdjustFields,
  runId: string | undefined,
): Promise<Delivered | undefined> {
  const row = await lookUp(store, name);
  const updateId = updateIdOf(kind, withGeneration(given, name));
  // The run that took it: the first one, or the one that it went on as.
  for (const run of [row?.runId ?? runId, undefined]) {
    const handle = client.workflow.getHandle(workflowIdOf(name.environment, name.service), run);
    const found = await ask(client, FIND_MS, () => tellRefusals(handle.getUpdateHandle<Accepted>(updateId).result()));
    if (found.kind === 'answered') return { deployment: found.value.deployment, message: kind, delivered: 'update' };
  }
  return undefined;
}

function withGeneration(fields: AdjustFields, { generation }: DeploymentName): AdjustFields {
  return generation === undefined ? fields : { ...fields, generation };
}

/** Temporal answers an Update whose id it knows as the first time, whatever is in it: another message has another id. */
function updateIdOf(kind: MessageKind, { request_id: id, ...fields }: AdjustFields): string {
  const hash = createHash('sha256').update(JSON.stringify([kind, Object.entries(fields).sort()]));
  return `${id}/${hash.digest('hex').slice(0, 16)}`;
}

/**
 * Sends a message to a deployment in flight. An Update is applied or refused at once, but needs a worker;
 * a Signal with the same request id is kept by Temporal until there is one, and applied once.
 */
export async function sendMessage(
  client: Client,
  store: ControlStore,
  name: DeploymentName,
  kind: MessageKind,
  given: AdjustFields,
  runId?: string,
): Promise<Delivered> {
  const row = await lookUp(store, name);
  if (row === undefined && name.generation !== undefined) throw await unknownDeployment(store, name);
  if (row !== undefined && name.generation !== undefined && isTerminal(row.status)) throw await ended(store, name);

  const request_id = given.request_id ?? randomUUID();
  const fields = withGeneration({ ...given, request_id }, name);
  const handle = client.workflow.getHandle(workflowIdOf(name.environment, name.service), runId);

  const updated = await ask(client, UPDATE_MS, () =>
    tellRefusals(
      handle.executeUpdate<Accepted, [AdjustFields]>(update(kind).name, {
        args: [fields],
        updateId: updateIdOf(kind, fields),
      }),
    ),
  );
  if (updated.kind === 'answered') {
    return { deployment: updated.value.deployment, message: kind, delivered: 'update' };
  }
  if (updated.kind === 'unreachable') throw temporalUnreachable(updated.error);
  if (updated.kind === 'gone') throw await ended(store, name);

  const signalled = await ask(client, SIGNAL_MS, () => handle.signal(signal(kind), fields));
  switch (signalled.kind) {
    case 'answered':
      return {
        deployment: row?.id ?? deploymentNameText(name),
        message: kind,
        delivered: 'signal',
        notice: `No worker answered within ${UPDATE_MS / 1000} s. Temporal keeps the ${kind} and it is applied as soon as a worker runs (\`belay worker\`, or \`belay dev\`).`,
      };
    case 'gone':
      throw await ended(store, name);
    case 'no_worker':
      throw temporalUnreachable(new Error(`no answer within ${(UPDATE_MS + SIGNAL_MS) / 1000} s`));
    case 'unreachable':
      throw temporalUnreachable(signalled.error);
  }
}

/** The words of whoever refused: the workflow's validator. */
async function tellRefusals<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw new Refused(error.cause?.message ?? error.message);
    throw error;
  }
}

/** The refusal for a message to one that is no longer there to take it; says what is. */
async function ended(store: ControlStore, name: DeploymentName): Promise<Refused> {
  const row = await lookUp(store, name);
  if (row === undefined) return unknownDeployment(store, name);
  const latest = await store.latest(name.environment, name.service);
  const hints: string[] = [];
  if (!isTerminal(row.status)) {
    return new Refused(
      `${row.id} is in flight by the database, but Temporal doesn't know it any more: its orchestrator was lost`,
      [
        `\`belay rollback ${row.environment}/${row.service}\` starts a rollback of what it touched, and a new deployment takes its place`,
      ],
    );
  }
  if (latest !== undefined && latest.generation !== row.generation) {
    hints.push(`the ${isTerminal(latest.status) ? 'latest' : 'one in flight'} is ${latest.id} (${latest.status})`);
  }
  hints.push(`\`belay history --service ${row.service} --environment ${row.environment}\` lists what there was`);
  return new Refused(`${row.id} has ended (${row.status}): it takes no messages any more`, hints);
}
