import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { ChangeOutcome, RestoreOutcome, RetryPolicy } from '../domain';
import type { EachDriver } from '../drivers/target/driver';
import type { AttemptAnswer, OpenedAttempt } from '../store/work-attempt';
import { runAttempt, type Attempted } from './attempt';
import { lookedAtAnew } from './alone';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { faultOf, stateOf } from './judge';
import { putIn, putInAgain, settledThere } from './routing';
import { isAskedToStop } from './running';
import { targetOf } from './target';
import { untilGood } from './until-good';
import { fencedText, noteState, outcomeOf, settle, waitAfter, type Work } from './work';

type Started = Extract<OpenedAttempt, { kind: 'started' }>;

/** An instance that takes its worker with it again and again is given up. */
const MOST_LOST = 10;
/** After so long a silence somebody else may have taken over: nothing is started before the database is asked again. */
const STOOD_STILL_MS = 10_000;

/** Does a piece of work, or the next attempt at it, or answers with what became of it before. */
export async function carryOut<O extends ChangeOutcome | RestoreOutcome>(
  tools: Tools,
  work: Work<O>,
  signal: AbortSignal,
): Promise<O> {
  const deployment = await tools.deployments.of(work.key.generation);
  for (let knownLost = 0; ;) {
    signal.throwIfAborted();
    const asked = tools.now();
    const opened = await tools.store.openAttempt(work.key, knownLost);
    switch (opened.kind) {
      case 'recorded':
        return opened.outcome as O;
      case 'fenced': {
        const outcome = outcomeOf(work, { kind: 'bad', reason: fencedText(opened, deployment) }, 0);
        return (await tools.store.settle(work.key, outcome)) ?? outcome;
      }
      case 'lost': {
        const found = await afterLost(tools, deployment, work, opened, signal);
        if (found !== undefined) return found;
        knownLost = opened.lost;
        break;
      }
      case 'started':
        if (tools.now() - asked > STOOD_STILL_MS && opened.lost < MOST_LOST) {
          knownLost = opened.lost + 1;
          break;
        }
        return attemptOnce(tools, deployment, work, opened, signal);
    }
  }
}

/** A worker was lost: perhaps it had done it. Answers with the outcome when nothing is left to do. */
async function afterLost<O extends ChangeOutcome | RestoreOutcome>(
  tools: Tools,
  deployment: Deployment,
  work: Work<O>,
  { lost, answered, member }: Extract<OpenedAttempt, { kind: 'lost' }>,
  signal: AbortSignal,
): Promise<O | undefined> {
  if (lost >= MOST_LOST) {
    const reason = `worker lost: ${lost} attempts were begun and never answered`;
    return settle(tools, deployment, work, outcomeOf(work, { kind: 'bad', reason }, answered));
  }
  const aim = work.aim({ member, touched: true });
  if (!('goal' in aim)) return undefined;
  const look = (each: AbortSignal) => deployment.driver.probe(targetOf(member, work.key.generation), each);
  const first = await look(signal);
  if (faultOf(first, aim.goal) !== undefined) return undefined;
  const { timeouts } = deployment.request.spec;
  const options = { goal: aim.goal, assumed: {}, forMs: work.minHealthyMs, withinMs: timeouts.healthMs };
  const { fault, last } = await untilGood({ ...options, look, signal });
  if (fault !== undefined || last === undefined) return undefined;
  const { key, settled } = work;
  const routed = { deployment, key, instance: targetOf(member, key.generation), settled };
  // What stands in the way is the next attempt's to tell.
  if ((await putIn(routed, signal)) !== undefined) return undefined;
  const state = stateOf(last, aim.goal.versions);
  const done = await settle(tools, deployment, work, outcomeOf(work, { kind: 'good' }, answered + 1), undefined, state);
  await putInAgain(tools, routed);
  return done;
}

async function attemptOnce<O extends ChangeOutcome | RestoreOutcome>(
  tools: Tools,
  deployment: Deployment,
  work: Work<O>,
  opened: Started,
  signal: AbortSignal,
): Promise<O> {
  const { member, attempt, answered } = opened;
  const { key } = work;
  const aim = work.aim(opened);
  await lookedAtAnew(tools, deployment);
  const instance = targetOf(member, key.generation);
  const routed = await settledThere(tools, { deployment, key, instance, settled: work.settled });
  const tried: Attempted =
    'goal' in aim
      ? await runAttempt({
          deployment,
          driver: eachDriver(deployment),
          key,
          member,
          goal: aim.goal,
          minHealthyMs: work.minHealthyMs,
          settled: routed.settled,
          attempt,
          signal,
        })
      : { kind: aim.ends, output: '', ...(aim.reason === undefined ? {} : { reason: aim.reason }) };
  const { retry } = deployment.request.spec;
  const answer: AttemptAnswer = {
    attempt,
    ok: tried.kind === 'good',
    output: tried.output,
    ...(tried.reason === undefined ? {} : { reason: tried.reason }),
  };
  if (tried.kind === 'bad' && 'goal' in aim && answered + 1 < retry.maxAttempts && !isAskedToStop(signal)) {
    await tools.store.answerAttempt(key, answer, tried.state);
    noteState(tools, deployment, work, tried.state);
    throw again(tried.reason ?? 'failed', answered + 1, retry);
  }
  const outcome = outcomeOf(work, tried, 'goal' in aim ? answered + 1 : answered);
  const done = await settle(tools, deployment, work, outcome, answer, tried.state);
  if (tried.kind === 'good' && 'goal' in aim) await putInAgain(tools, routed);
  return done;
}

function eachDriver({ driver }: Deployment): EachDriver {
  if (driver.execution === 'each') return driver;
  throw ApplicationFailure.nonRetryable('instances of this driver are changed all at once', 'WrongExecution');
}

/** Temporal tries again by the spec's policy; what counts is counted in the database. */
function again(reason: string, answered: number, retry: RetryPolicy): ApplicationFailure {
  return ApplicationFailure.create({
    message: `attempt ${answered} of ${retry.maxAttempts}: ${reason}`,
    type: 'AttemptFailed',
    nextRetryDelay: waitAfter(answered, retry),
    category: ApplicationFailureCategory.BENIGN,
  });
}
