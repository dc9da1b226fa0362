import { Course } from './course';
import type { Scenario } from './scenario';
import { GENERATION, type World } from './world';

/** What the judges remember of a rollout so far. */
export class Facts {
  readonly course: Course;
  ended = false;
  /** When the last change ended; what has to be fresher than it, is compared with it. */
  changeEnded = -1;
  readsAnswered = 0;
  readsAtBatch = 0;
  /** Since a batch was last started. */
  readsAsked = 0;
  finalRead = false;
  /** Whether good ones were looked at since a batch was last started. */
  swept = false;
  /** Whether a person was waited for since a batch was last started. */
  waited = false;
  /** Came back on the release: whoever found that has looked at them. */
  justSeen = 0;
  /** Batches of those whom the last read has found. */
  lateBatches = 0;
  batch: { quota: number; started: number } | null = null;
  /** How many batches the event log says are done. */
  batchesWritten = 0;
  windowLimit = Infinity;
  /** The generation that a rollback runs under. */
  generation: number | null = null;
  drawing = false;
  patrolled = false;

  constructor(
    readonly scenario: Scenario,
    readonly world: World,
  ) {
    this.course = new Course(scenario, world);
    if (scenario.mode === 'rollback') this.generation = GENERATION;
  }
  /** What was seen before a pause is old. */
  lookAgain(): void {
    this.waited = true;
    this.finalRead = false;
    this.swept = false;
    this.justSeen = 0;
    this.readsAsked = 0;
    this.readsAtBatch = this.readsAnswered;
  }
}
