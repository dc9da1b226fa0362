import type { Verdict } from '../analysis';
import type { Shown } from '../experiment/shown';
import type { Message } from '../message';
import type { ChangeOutcome, Degradation, RestoreOutcome } from '../outcome';

/** What the world tells the engine. Events that no longer fit are ignored, so a repeated one changes nothing twice. */
export type RolloutEvent =
  /** The first event of a rollout, and the first after a `hold` was lifted. */
  | { kind: 'start' }
  /** Let what is in flight end and start nothing: the shell is about to continue as new. */
  | { kind: 'hold' }
  | { kind: 'changed'; outcomes: ChangeOutcome[] }
  | { kind: 'restored'; outcomes: RestoreOutcome[] }
  /**
   * Answers `read_membership`: joiners got the next ordinals, and are snapshotted and claimed.
   * `returned`: members that had left and are listed again. Absent: nobody; answers of earlier versions don't have it.
   */
  | { kind: 'membership'; joined: Joiner[]; left: number[]; returned?: Joiner[] }
  /** Answers `sweep`: those of the good ones that are good no more. */
  | { kind: 'swept'; degraded: Degradation[] }
  /** What the patrol found, at any time. */
  | { kind: 'degraded'; degraded: Degradation[] }
  /** Answers `measure`. */
  | { kind: 'measured'; number: number; verdict: Pick<Verdict, 'kind' | 'text'>; experiment?: Shown }
  /** Answers `act`: why it couldn't be done, or until when (ms since the epoch; null: until a person ends it) nothing may go forward. */
  | { kind: 'acted'; number: number; fault?: string; closed?: { until: number | null; reason: string } }
  /** Answers `draw_generation`. */
  | { kind: 'generation_drawn'; generation: number }
  /** The time that `wakeAt` named has come. */
  | { kind: 'tick' }
  | { kind: 'message'; message: Message }
  /** Temporal asked for the workflow's cancellation. */
  | { kind: 'cancel_requested' };

/** A newcomer, or one that came back; `unchanged` when it already runs the release, `unreachable` when it is only to be listed. */
export interface Joiner {
  ordinal: number;
  state: 'pending' | 'unchanged' | 'unreachable';
}
