import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { ChangeOutcome, RestoreOutcome, RetryPolicy } from '../domain';
import type { EachDriver } from '../drivers/target/driver';
import type { InstanceState } from '../store/instance-state';
import type { AttemptAnswer, OpenedAttempt, WorkKey } from '../store/work-attempt';
import type { WorkMember } from '../store/work-member';
import { runAttempt, type Attempted } from './attempt';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { faultOf, stateOf, type Goal } from './judge';
import { isAskedToStop } from './running';
import { targetOf } from './target';
import { untilGood } from './until-good';

/** One piece of work on one instance: bringing it to a goal, and what its ends are called. */
export interface Work<O extends ChangeOutcome | RestoreOutcome> {
  key: WorkKey;
  name: string;
  results: { good: O['result']; bad: O['result']; cancelled: O['result'] };
  minHealthyMs: number;
  /** What is to be done, or how it ends without anything being done. */
  aim(started: { member: WorkMember; touched: boolean }): { goal: Goal } | { ends: 'good' | 'bad'; reason?: string };
}

type Ended = { kind: 'good' | 'bad' | 'cancelled'; reason?: string };
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
  const state = stateOf(last, aim.goal.versions);
  return settle(tools, deployment, work, outcomeOf(work, { kind: 'good' }, answered + 1), undefined, state);
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
  const tried: Attempted =
    'goal' in aim
      ? await runAttempt({
          deployment,
          driver: eachDriver(deployment),
          key,
          member,
          goal: aim.goal,
          minHealthyMs: work.minHealthyMs,
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
  return settle(tools, deployment, work, outcome, answer, tried.state);
}

function eachDriver({ driver }: Deployment): EachDriver {
  if (driver.execution === 'each') return driver;
  throw ApplicationFailure.nonRetryable('instances of this driver are changed all at once', 'WrongExecution');
}

async function settle<O extends ChangeOutcome | RestoreOutcome>(
  tools: Tools,
  deployment: Deployment,
  work: Work<O>,
  outcome: O,
  answer?: AttemptAnswer,
  state?: InstanceState,
): Promise<O> {
  const stands = await tools.store.settle(work.key, outcome, answer, state);
  // Whoever overtook this attempt answers for it; if nobody did, the next look tells.
  if (stands === undefined) throw ApplicationFailure.retryable('overtaken by a later attempt', 'Overtaken');
  noteState(tools, deployment, work, state);
  return stands;
}

function noteState(
  tools: Tools,
  { request }: Deployment,
  { key, name }: { key: WorkKey; name: string },
  state?: InstanceState,
) {
  if (state !== undefined) tools.fleetFiles.note(key.generation, request.spec.fleet, name);
}

function outcomeOf<O extends ChangeOutcome | RestoreOutcome>(work: Work<O>, end: Ended, attempts: number): O {
  const reason = end.kind === 'good' || end.reason === undefined ? {} : { reason: end.reason };
  return { ordinal: work.key.ordinal, name: work.name, result: work.results[end.kind], attempts, ...reason } as O;
}

/** Temporal tries again by the spec's policy; what counts is counted in the database. */
function again(reason: string, answered: number, retry: RetryPolicy): ApplicationFailure {
  const wait = Math.min(retry.maxIntervalMs, retry.initialIntervalMs * retry.backoff ** (answered - 1));
  return ApplicationFailure.create({
    message: `attempt ${answered} of ${retry.maxAttempts}: ${reason}`,
    type: 'AttemptFailed',
    nextRetryDelay: Math.max(1, Math.round(wait)),
    category: ApplicationFailureCategory.BENIGN,
  });
}

function fencedText({ why, by }: Extract<OpenedAttempt, { kind: 'fenced' }>, { request }: Deployment): string {
  const newer =
    by === undefined ? '' : `: generation ${by} of ${request.spec.environment}/${request.spec.service} is newer`;
  if (why === 'stale') return `not started${newer || ': a newer generation was drawn'}`;
  const holder = by === undefined ? '' : `: generation ${by} has it`;
  return `not started, because this deployment doesn't hold the instance any more${holder}`;
}
