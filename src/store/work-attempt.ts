import type { ChangeOutcome, RestoreOutcome } from '../domain';
import type { WorkMember } from './work-member';

/**
 * Names one piece of work on one instance; its outcome is recorded once.
 * `fence` is the generation that the instance is shown: the deployment's on the way forward,
 * the rollback's own on the way back (where `round` is 0).
 */
export interface WorkKey {
  generation: number;
  ordinal: number;
  towards: 'release' | 'snapshot';
  round: number;
  fence: number;
}

/** What came of the wish to start an attempt. */
export type OpenedAttempt =
  /** It has ended already. */
  | { kind: 'recorded'; outcome: ChangeOutcome | RestoreOutcome }
  /** The claim isn't held by this deployment (any more), or a newer generation was drawn: `by`, where it is known. */
  | { kind: 'fenced'; why: 'claim' | 'stale'; by?: number }
  /** More attempts were lost than the caller knows of. Nothing was started: look at the instance first. */
  | { kind: 'lost'; lost: number; answered: number; member: WorkMember }
  | {
      kind: 'started';
      /** Counts from 1 within (generation, instance, towards). */
      attempt: number;
      /** Of this key: attempts that were answered, and attempts (but this one) that never were. */
      answered: number;
      lost: number;
      member: WorkMember;
      /** Whether an attempt to bring it forward was ever started in this deployment. */
      touched: boolean;
    };

/** The latest attempt on an instance in one direction. */
export interface LastAttempt {
  member: WorkMember;
  round: number;
  attempt: number;
  /** Of this round: attempts that were answered. */
  answered: number;
  /** Whether the work of this round has its outcome. */
  settled: boolean;
  /** Milliseconds since it was answered; absent: it goes on. */
  endedMsAgo?: number;
}

/** How one attempt ended. */
export interface AttemptAnswer {
  attempt: number;
  ok: boolean;
  reason?: string;
  output?: string;
}
