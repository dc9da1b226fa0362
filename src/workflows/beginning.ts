import { allHandlersFinished, ApplicationFailure, condition, workflowInfo } from '@temporalio/workflow';
import type { Began, Refused } from '../activities/types';
import { createRollout, fromBase64 } from '../domain/rollout';
import { long, reasonOf } from './activities';
import type { Ending } from './loop';
import type { DeploymentInput } from './messages';
import { Names } from './names';
import type { Shell } from './shell';

/** Draws, claims, probes and snapshots; then there is a rollout, or (what is returned) none. */
export async function beginRollout({ requestId }: DeploymentInput, shell: Shell): Promise<Ending | undefined> {
  const answer = await askToBegin(requestId);
  if ('kind' in answer && answer.kind === 'began') {
    const { members, ...began } = answer;
    const { mode, generation, policy, shared } = began;
    const state = createRollout({
      mode,
      generation,
      policy,
      members: fromBase64(members),
      ...(shared && { shared }),
    });
    shell.begin({ began, state, names: new Names(generation) });
    // Nothing starts before the messages that are here already have been judged.
    shell.feed({ kind: 'hold' });
    return undefined;
  }
  shell.refuse(answer);
  await condition(allHandlersFinished);
  return answer instanceof ApplicationFailure
    ? { kind: 'failed', failure: answer }
    : { kind: 'refused', refused: answer };
}

/** It isn't cancelled with the workflow: what it claims has to be known to be given back. */
async function askToBegin(requestId: string): Promise<Began | Refused | ApplicationFailure> {
  const { workflowId, firstExecutionRunId: runId } = workflowInfo();
  try {
    return await long.begin.executeWithOptions({ summary: 'claim, probe, snapshot' }, [
      { requestId, workflowId, runId },
    ]);
  } catch (error) {
    return ApplicationFailure.nonRetryable(reasonOf(error), 'BeginFailed');
  }
}
