import type { Member, Snapshot } from '../domain';
import type { InstanceState } from './instance-state';

/** A member as it was before the first touch. */
export interface TakenSnapshot {
  ordinal: number;
  snapshot: Snapshot;
  /** Couldn't be reached, and is left out. */
  excluded: boolean;
  /** Couldn't be reached, whether it is left out or not. */
  unreachable: boolean;
}

/** A member with what a change, a restore or a look at it needs. */
export interface WorkMember extends Member {
  snapshot: Snapshot;
  /** A rollback's goal, from its request. */
  target?: Snapshot;
  /** What it was last known to run within this deployment. */
  recorded?: InstanceState;
}

/** One whose latest change ended good; `round` and `attempts` are that change's. */
export interface GoodMember extends WorkMember {
  round: number;
  attempts: number;
}
