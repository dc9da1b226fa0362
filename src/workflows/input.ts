import type { Began } from '../activities/types';
import type { PackedRollout } from '../domain/rollout';
import type { DeploymentInput } from './messages';

/** What `begin` answered, without what the rollout's state holds by now. */
export type Carried = Omit<Began, 'members'>;

/** What one run hands to the next: under 64 KiB with 10,000 members, the document and the policy aside. */
export interface ContinuedInput extends DeploymentInput {
  continued: {
    began: Carried;
    rollout: PackedRollout;
    /** Request ids of the latest messages that were applied. */
    applied: string[];
    /** What came under each of them; absent where an earlier Belay handed them on. */
    prints?: string[];
    /** How many lines of the event log were written. */
    logged: number;
    /** How many times the membership was read. */
    reads: number;
  };
}

export function isContinued(input: DeploymentInput | ContinuedInput): input is ContinuedInput {
  return 'continued' in input;
}
