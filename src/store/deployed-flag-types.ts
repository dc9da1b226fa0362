import type { ClaimHolder } from './work-store';

/** What a flag is to be: on for this percent of users, or off for everyone. */
export interface FlagSetting {
  feature: string;
  percent: number | 'off';
}

/** One time that a deployment touches flags. Repeated, it is the same; its flags are those of the deployment's environment. */
export interface FlagAct {
  generation: number;
  /** Higher than that of every act before it in the deployment. */
  number: number;
}

/** A flag that another deployment, which hasn't ended, sets. */
export interface HeldFlag {
  key: string;
  holder: ClaimHolder;
}

/** Flags as deployments set them. What each was like before is kept first, in the same transaction. */
export interface DeployedFlagStore {
  /** Sets all of them or none. Answers why none was set, in words; undefined: they are as asked. */
  setFlags(act: FlagAct & { flags: FlagSetting[] }): Promise<string | undefined>;
  /**
   * Whether they are on, and for how many, is as it was before the deployment; of a rollback: before what it undoes.
   * Absent `features`: all that were set. Answers what couldn't be put back, in words.
   */
  restoreFlags(act: FlagAct & { features?: string[] }): Promise<string | undefined>;
  /** Which of these other deployments in flight have set, or are going to. */
  flagsHeld(generation: number, environment: string, keys: string[]): Promise<HeldFlag[]>;
  /** What a deployment has set, by flag, and not put back. */
  enabledFeatures(generation: number): Promise<Record<string, number | 'off'>>;
  /** The flags that a rollback of this deployment would put back; of one that is a rollback: those that it left. */
  flagsToRestore(generation: number): Promise<string[]>;
}
