import { ApplicationFailure } from '@temporalio/common';
import type { ChangeOutcome, RestoreOutcome, RetryPolicy } from '../domain';
import type { InstanceState } from '../store/instance-state';
import type { AttemptAnswer, OpenedAttempt, WorkKey } from '../store/work-attempt';
import type { WorkMember } from '../store/work-member';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import type { Goal } from './judge';

/** One piece of work on one instance: bringing it to a goal, and what its ends are called. */
export interface Work<O extends ChangeOutcome | RestoreOutcome> {
  key: WorkKey;
  name: string;
  results: Record<Ended['kind'], O['result']>;
  minHealthyMs: number;
  /** The release is what is stable by now. */
  settled: boolean;
  /** What is to be done, or how it ends without anything being done. */
  aim(started: { member: WorkMember; touched: boolean }): { goal: Goal } | { ends: 'good' | 'bad'; reason?: string };
}

/** How it ended, whatever its ends are called. */
export type Ended = { kind: 'good' | 'bad' | 'cancelled' | 'left'; reason?: string };
/** Records the end; answers with the outcome that stands. */
export async function settle<O extends ChangeOutcome | RestoreOutcome>(
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

/** The file that lists it shows what was recorded. */
export function noteState(
  tools: Tools,
  { request }: Deployment,
  { key, name }: { key: WorkKey; name: string },
  state?: InstanceState,
) {
  if (state !== undefined) tools.fleetFiles.note(key.generation, request.spec.fleet, name);
}

/** The outcome of an end. */
export function outcomeOf<O extends ChangeOutcome | RestoreOutcome>(work: Work<O>, end: Ended, attempts: number): O {
  const reason = end.kind === 'good' || end.reason === undefined ? {} : { reason: end.reason };
  return { ordinal: work.key.ordinal, name: work.name, result: work.results[end.kind], attempts, ...reason } as O;
}

/** How long to wait after so many failed attempts, in milliseconds. */
export function waitAfter(answered: number, retry: RetryPolicy): number {
  const wait = Math.min(retry.maxIntervalMs, retry.initialIntervalMs * retry.backoff ** (answered - 1));
  return Math.max(1, Math.round(wait));
}

/** Why nothing was started. */
export function fencedText({ why, by }: Extract<OpenedAttempt, { kind: 'fenced' }>, { request }: Deployment): string {
  const newer =
    by === undefined ? '' : `: generation ${by} of ${request.spec.environment}/${request.spec.service} is newer`;
  if (why === 'stale') return `not started${newer || ': a newer generation was drawn'}`;
  const holder = by === undefined ? '' : `: generation ${by} has it`;
  return `not started, because this deployment doesn't hold the instance any more${holder}`;
}
