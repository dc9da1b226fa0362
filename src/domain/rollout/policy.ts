import type { AnalysisRule } from '../analysis';
import type { Approval, OnFailure, Strategy } from '../spec';
import type { Pace } from '../strategies/pace';
import type { Stage } from './stage';
import type { Size } from '../size';

/** The part of a spec that decides how a rollout goes. `adjust` changes it while the rollout runs. */
export interface RolloutPolicy {
  strategy: Pace & { kind: Strategy['kind'] };
  /** What it goes through, one after another; absent: batch after batch, as `strategy` says. */
  course?: Stage[];
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
