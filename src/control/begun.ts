import { begin, workflowIdOf } from '../workflows/messages';
import type { Started } from './control';
import { answerOf, type Orchestrator } from './start';
import type { DirectStore } from './store';
import { ask, temporalUnreachable } from './temporal';

/** How long Temporal may take to say what it knows, and a worker to take a question in. */
const ASK_MS = 8_000;

/** What began for a request that somebody stored, and was gone before it was answered; undefined: nothing. */
export async function begunFor(
  { client }: Orchestrator,
  store: DirectStore,
  requestId: string,
): Promise<Started | undefined> {
  const request = await store.request(requestId);
  if (request === undefined) return undefined;
  const recorded = async (): Promise<Started | undefined> => {
    const row = await store.deploymentFor(requestId);
    return row && { id: row.id, generation: row.generation, workflow_id: row.workflowId, run_id: row.runId };
  };
  const before = await recorded();
  if (before !== undefined) return before;
  const workflow_id = workflowIdOf(request.spec.environment, request.spec.service);
  const found = await ask(client, ASK_MS, () => client.workflow.getHandle(workflow_id).describe());
  if (found.kind === 'unreachable') throw temporalUnreachable(found.error);
  if (found.kind === 'no_worker') throw temporalUnreachable(new Error(`no answer within ${ASK_MS / 1000} s`));
  const isIt = found.kind === 'answered' && found.value.memo?.request === requestId;
  // It may have begun, or even have ended, since the first look.
  if (!isIt || found.value.status.name !== 'RUNNING') return recorded();
  const { runId: run_id } = found.value;
  // It begins, whoever asks: the same question again is answered the same.
  const asked = await ask(client, ASK_MS, () =>
    client.workflow
      .getHandle(workflow_id, run_id)
      .startUpdate(begin, { updateId: requestId, waitForStage: 'ACCEPTED' }),
  );
  if (asked.kind === 'gone') return recorded();
  if (asked.kind !== 'answered') throw temporalUnreachable(new Error(`no worker took it within ${ASK_MS / 1000} s`));
  const begun = await answerOf(asked.value);
  return begun.kind === 'refused' ? undefined : { id: begun.id, generation: begun.generation, workflow_id, run_id };
}
