import type { AnalysisRule } from '../analysis';
import type { GroupRanges } from '../groups';
import type { Moment } from '../hooks';
import type { Approval, OnFailure, Strategy } from '../spec';
import type { Pace } from '../strategies/pace';
import type { Stage } from './stage';
import type { Size } from '../size';

/** The part of a spec that decides how a rollout goes. `adjust` changes it while the rollout runs. */
export interface RolloutPolicy {
  strategy: Pace & { kind: Strategy['kind'] };
  /** What it goes through, one after another; absent: batch after batch, as `strategy` says. */
  course?: Stage[];
  /** Whether something in front of the fleet can be told where requests go. */
  router?: true;
  /** What is in front of the fleet forgets who is in service when it is started again: it is looked after all the time. */
  drains?: true;
  /** `slots`: the release and what ran before are different instances, so that going back is to switch back. */
  sides?: 'slots';
  /** How requests go back; absent: at once. */
  backBy?: 'steps';
  /** Those that run by themselves, and whether each is waited for and may stop it. Absent: none. */
  hooks?: Partial<Record<Moment, { gate: boolean }>>;
  /** It asks whether it may go forward: from the very beginning (`windows`), or from the second batch on. */
  calendar?: 'windows' | 'freezes';
  /** Percent of users by flag: set when all instances run the release. Absent: none. */
  flags?: Record<string, number>;
  /** One group of instances after another; absent: all are one. */
  groups?: GroupRanges & { bakeMs: number; approve: boolean; taskQueue?: string };
  /** Each group has routers of its own, that split its requests. */
  routed?: 'by_group';
  /** A feature that is found wrong is taken back by itself, and the others go on. */
  onViolation?: 'feature';
  maxFailures: Size;
  failedInstances: 'leave' | 'restore';
  onFailure: OnFailure;
  rollbackBatchSize?: Size;
  approvals: Approval[];
  deadlineMs?: number;
  /** Watched after each batch, before the next, and after the last; absent: by health alone. */
  analysis?: AnalysisRule;
}

/** No more than this many changes are in flight: 2,000 pending activities wedge a workflow. */
export const MAX_IN_FLIGHT = 500;
