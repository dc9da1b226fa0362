import type { TerminalStatus } from '../status';
import type { Act } from './stage';

/** The experiment that is measured, too: since when, and whether its time is over. */
export interface ExperimentAsked {
  since: number;
  isOver: boolean;
}

/** What the engine wants done. Each is answered by the events named. */
export type RolloutCommand =
  /** Bring these to the release → `changed`, one outcome for each, in slices of any size. `round` grows with every retry. */
  | { kind: 'change'; ordinals: number[]; round: number }
  /** Bring these back to their snapshots under the rollback's generation → `restored`, likewise. */
  | { kind: 'restore'; ordinals: number[]; generation: number }
  /** Cancel all changes and restores in flight; each still answers with its outcome. */
  | { kind: 'cancel_in_flight' }
  /** Who joined and who left? → `membership` */
  | { kind: 'read_membership' }
  /** Look at every good one now → `swept` */
  | { kind: 'sweep' }
  /** Measure what was changed in that stretch of time (ms since the epoch), if asked beside what isn't → `measured`; `weight`: what of the requests it has; `fleetGroup`: of the members of that group alone */
  | {
      kind: 'measure';
      number: number;
      from: number;
      until: number;
      compare: boolean;
      weight?: number;
      fleetGroup?: string;
      experiment?: ExperimentAsked;
    }
  /** Keep looking at the good ones (→ `degraded`, any number of times), or stop it. */
  | { kind: 'patrol'; on: boolean }
  /** Draw a generation for the rollback, higher than every earlier one → `generation_drawn` */
  | { kind: 'draw_generation' }
  /** Do something that is no instance's change → `acted`, unless nobody waits for it. */
  | { kind: 'act'; number: number; act: Act; awaited: boolean }
  /** Keep routers as they were set, whatever happens to them, or stop it. */
  | { kind: 'guard'; on: boolean }
  /** Write to the event log. */
  | { kind: 'log'; entry: LogEntry }
  /** The status is terminal: record it, release the claims, close. Always the last. */
  | { kind: 'finish'; status: TerminalStatus };

/** A line of the event log: what happened, by whom, why. */
export interface LogEntry {
  type: string;
  by?: string;
  reason?: string;
}
