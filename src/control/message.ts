import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { isTerminal, type MessageKind } from '../domain';
import type { ControlStore } from '../store/types';
import { signal, update, workflowIdOf, type Accepted, type AdjustFields } from '../workflows/messages';
import type { Delivered } from './control';
import { Refused } from './errors';
import { lookUp, unknownDeployment } from './find';
import { deploymentNameText, type DeploymentName } from './name';
import { ask, temporalUnreachable } from './temporal';

/** How long the Update may take before the Signal is sent instead. */
const UPDATE_MS = 5_000;
const SIGNAL_MS = 4_000;

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
): Promise<Delivered> {
  const row = await lookUp(store, name);
  if (row === undefined && name.generation !== undefined) throw await unknownDeployment(store, name);
  if (row !== undefined && name.generation !== undefined && isTerminal(row.status)) throw await ended(store, name);

  const request_id = given.request_id ?? randomUUID();
  const fields: AdjustFields = { ...given, request_id };
  if (name.generation !== undefined) fields.generation = name.generation;
  const handle = client.workflow.getHandle(workflowIdOf(name.environment, name.service));

  const updated = await ask(client, UPDATE_MS, () =>
    tellRefusals(
      handle.executeUpdate<Accepted, [AdjustFields]>(update(kind).name, { args: [fields], updateId: request_id }),
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
