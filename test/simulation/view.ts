import type { Counts } from '../../src/domain';
import type { Phase, Progress, RolloutState } from '../../src/domain/rollout';
import type { Engine } from './engine';

/** What the engine shows after an event. */
export interface View {
  progress: Progress;
  counts: Counts;
  quiet: boolean;
  wakeAt: number | undefined;
  phaseOf(ordinal: number): Phase;
  touchedOf(ordinal: number): boolean;
  inFlight(): number[];
}

export function viewOf(engine: Engine, state: RolloutState): View {
  return {
    progress: engine.progressOf(state),
    counts: engine.countsOf(state),
    quiet: engine.isQuiet(state),
    wakeAt: engine.wakeAt(state),
    phaseOf: (one) => engine.phaseOf(state, one),
    touchedOf: (one) => engine.touchedOf(state, one),
    inFlight: () => engine.inFlightOf(state),
  };
}
