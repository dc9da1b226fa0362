import { CancellationScope, TemporalFailure } from '@temporalio/workflow';
import type { Refused } from '../activities/types';
import type { StatusDocument } from '../domain';
import { unpackRollout } from '../domain/rollout';
import { beginRollout } from './beginning';
import { closeAs, continueWith } from './closing';
import { registerHandlers } from './handlers';
import { Inbox } from './inbox';
import { isContinued, type ContinuedInput } from './input';
import { conduct, type Ending } from './loop';
import type { DeploymentInput } from './messages';
import { Names } from './names';
import { Shell } from './shell';

/**
 * One deployment, from `begin` to its end. Temporal's history owns what happens next: the engine in domain/ decides,
 * activities do it, and what is here carries events in and commands out.
 *
 * Only an ApplicationFailure, a CancelledFailure or a continue-as-new leaves it. Anything else is a programming error
 * and keeps failing the workflow task, on purpose: the deployment stands still until a worker that was put right takes
 * it up, instead of ending half-way with its instances forgotten.
 */
export async function deployment(input: DeploymentInput | ContinuedInput): Promise<StatusDocument | Refused> {
  const root = CancellationScope.current();
  const shell = new Shell();
  const inbox = new Inbox(shell, isContinued(input) ? input.continued : undefined);
  registerHandlers(shell, inbox);

  const ending = await CancellationScope.nonCancellable(() => live(input, shell, inbox, root)).catch(unexpected);
  switch (ending.kind) {
    case 'refused':
      return ending.refused;
    case 'failed':
      throw ending.failure;
    case 'ended':
      return closeAs(ending.document, root);
    case 'continue':
      return continueWith(ending.input);
  }
}

async function live(
  input: DeploymentInput | ContinuedInput,
  shell: Shell,
  inbox: Inbox,
  root: CancellationScope,
): Promise<Ending> {
  if (!isContinued(input)) {
    const refusal = await beginRollout(input, shell);
    if (refusal) return refusal;
    return conduct(input, { shell, inbox, root, rollout: shell.begun });
  }
  const { began, rollout } = input.continued;
  shell.begin({ began, state: unpackRollout(rollout), names: new Names(began.generation) });
  return conduct(input, { shell, inbox, root, rollout: shell.begun });
}

/** A failure that nobody foresaw must not end the deployment: as a plain error it fails the task, which is tried again. */
function unexpected(error: unknown): never {
  if (!(error instanceof TemporalFailure)) throw error;
  throw new Error(`nobody foresaw that this could fail: ${error.message}`, { cause: error });
}
