import type { Flag, FlagChange } from '../domain/flags';
import type { EventRow } from './types';

export interface FlagRow extends Flag {
  /** Higher after every change. */
  version: number;
  createdAt: Date;
  createdBy: string;
  changedAt: Date;
  changedBy: string;
}

/** Who changes a flag, and why. */
export interface FlagAsker {
  by: string;
  reason?: string;
}

export interface FlagName {
  environment: string;
  key: string;
}

/** A change that is to be made. */
export interface FlagOrder extends FlagName, FlagAsker {
  change: FlagChange;
  /** Only if the flag is of this version: whoever asks has seen no later one. */
  version?: number;
}

/** What came of the wish to change a flag. */
export type FlagAnswer =
  | { kind: 'changed'; flag: FlagRow }
  /** It was so before: no version, no event. */
  | { kind: 'same'; flag: FlagRow }
  /** Somebody else changed it meanwhile. */
  | { kind: 'stale'; flag: FlagRow }
  /** Its parts wouldn't go together. */
  | { kind: 'wrong'; flag: Flag }
  | { kind: 'none' };

/** Flags by environment. Every change is an event. */
export interface FlagStore {
  /** By environment and key; of these environments only, if some are named. */
  flags(filter: { environments?: string[]; key?: string }): Promise<FlagRow[]>;
  flag(name: FlagName): Promise<FlagRow | undefined>;
  /** Undefined: there is one of that name. */
  createFlag(flag: Flag, asker: FlagAsker): Promise<FlagRow | undefined>;
  /** What isn't named stays. Asked twice, it is changed once. */
  changeFlag(order: FlagOrder): Promise<FlagAnswer>;
  deleteFlag(name: FlagName & FlagAsker & { version?: number }): Promise<FlagAnswer>;
  /** What happened to one, the newest first. */
  flagEvents(name: FlagName, limit: number): Promise<EventRow[]>;
  /** What says whether anything changed. */
  flagMarks(): Promise<FlagMarks>;
}

/** What differs after a flag was changed, or a token revoked. */
export interface FlagMarks {
  /** Of the latest change of any flag. */
  version: number;
  /** Of all tokens that were revoked. */
  revoked: string;
}
