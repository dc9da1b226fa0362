import { allHandlersFinished, condition, workflowInfo, type ApplicationFailure } from '@temporalio/workflow';
import type { CancellationScope } from '@temporalio/workflow';
import type { Refused } from '../activities/types';
import { isTerminal, type StatusDocument } from '../domain';
import { countsOf, isQuiet, packRollout, wakeAt, type RolloutState } from '../domain/rollout';
import { short } from './activities';
import { Alarm } from './alarm';
import { Display } from './display';
import { documentOf } from './document';
import { Executor } from './executor';
import type { Inbox } from './inbox';
import { isContinued, type ContinuedInput } from './input';
import type { DeploymentInput } from './messages';
import { persist } from './persist';
import type { Rollout, Shell } from './shell';

/** How a run of the workflow ends. */
export type Ending =
  | { kind: 'refused'; refused: Refused }
  | { kind: 'failed'; failure: ApplicationFailure }
  | { kind: 'ended'; document: StatusDocument }
  | { kind: 'continue'; input: ContinuedInput };

export interface Parts {
  shell: Shell;
  inbox: Inbox;
  rollout: Rollout;
  root: CancellationScope;
}

const MOST_SHOWN = 10;

/** The one loop: carries out what was decided, shows it, and waits for more, until the rollout or this run's history ends. */
export async function conduct(input: DeploymentInput | ContinuedInput, parts: Parts): Promise<Ending> {
  const { shell, inbox, rollout, root } = parts;
  const executor = new Executor(shell, rollout, isContinued(input) ? input.continued : { logged: 0, reads: 0 });
  const display = new Display(
    rollout.began,
    () => shell.stir(),
    () => executor.written,
  );
  const alarm = new Alarm(() => shell.feed({ kind: 'tick' }));
  const document = () => documentOf(rollout.began.document, rollout.state, Date.now());
  const settled = () => executor.idle && display.idle && allHandlersFinished();
  const carryOut = () => executor.carryOut(shell.take());

  if (!isContinued(input)) display.introduce();
  const cancelled = tellOfCancellation(root, shell);
  await condition(() => inbox.judged);
  shell.feed({ kind: 'start' });

  for (let holding = false; ;) {
    carryOut();
    display.show(document(), executor.busy(MOST_SHOWN));
    alarm.set(wakeAt(rollout.state), 'the next wait or limit ends');
    if (isTerminal(rollout.state.status)) break;
    if (!holding && isLong(rollout.state, input.continueAfterEvents)) {
      holding = true;
      shell.feed({ kind: 'hold' });
      continue;
    }
    const quiet = () => holding && isQuiet(rollout.state);
    if (quiet()) executor.stopPatrol();
    if (quiet() && settled() && !cancelled()) {
      return { kind: 'continue', input: nextInput(input, rollout, inbox, executor) };
    }
    await condition(() => shell.restless || (quiet() && settled()));
  }

  const drained = async (until: () => boolean) => {
    for (carryOut(); !until(); carryOut()) await condition(() => shell.restless || until());
  };
  await drained(() => executor.idle && display.idle);
  const end = document();
  await persist('recording the end', shell, () =>
    short.recordEnd.executeWithOptions({ summary: `end: ${end.status}` }, [{ document: end }]),
  );
  await drained(settled);
  return { kind: 'ended', document: end };
}

/** Temporal's request to cancel is an event like any other. Returns whether one came that the engine didn't know of. */
function tellOfCancellation(root: CancellationScope, shell: Shell): () => boolean {
  let told = false;
  const tell = () => {
    if (told || !root.consideredCancelled) return false;
    told = true;
    shell.feed({ kind: 'cancel_requested' });
    return true;
  };
  void root.cancelRequested.catch(tell);
  return tell;
}

const EVENTS_PER_RUN = 8_000;
/** Temporal warns from 10,240 events on; some are left for messages. */
const MOST_EVENTS = 10_000;
/** What one activity in flight may still write: its scheduling, cancellation, start and end, and a workflow task's three. */
const EVENTS_IN_FLIGHT = 7;

/** Whether it is time to continue as new, so that what is in flight still fits into this history. */
function isLong(state: RolloutState, limit = EVENTS_PER_RUN): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  const reserved = EVENTS_IN_FLIGHT * countsOf(state).in_flight;
  return continueAsNewSuggested || historyLength >= Math.min(limit, MOST_EVENTS - reserved);
}

function nextInput(
  { requestId, continueAfterEvents }: DeploymentInput,
  { began, state }: Rollout,
  inbox: Inbox,
  executor: Executor,
): ContinuedInput {
  return {
    requestId,
    ...(continueAfterEvents !== undefined && { continueAfterEvents }),
    continued: { began, rollout: packRollout(state), ...inbox.carried, ...executor.carried },
  };
}
