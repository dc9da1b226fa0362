/** How bringing one instance to its target ended. */
export type ChangeResult =
  /** At the release, healthy for long enough. */
  | 'good'
  /** Not at the release: failed, timed out, unreachable, fenced, or its worker lost. */
  | 'failed'
  /** Stopped before it ended, because it was asked to. */
  | 'cancelled'
  /** It left the fleet while it was being changed: nobody's failure. */
  | 'left';

/** How bringing one instance back to its snapshot ended. */
export type RestoreResult =
  | 'restored'
  /** Not back, whatever the reason. */
  | 'unresolved'
  | 'cancelled';

/** The recorded end of one change or restore of one instance. */
export interface Outcome<Result extends string> {
  ordinal: number;
  name: string;
  result: Result;
  /** How many answers the driver gave. */
  attempts: number;
  /** Why it is not good or restored, in words; absent when it is. */
  reason?: string;
}

export type ChangeOutcome = Outcome<ChangeResult>;
export type RestoreOutcome = Outcome<RestoreResult>;

/** An instance that was good and is not any more. */
export interface Degradation {
  ordinal: number;
  name: string;
  reason: string;
  /** How many attempts made it good. Absent in histories of before this was told. */
  attempts?: number;
}
