import type { Health, Versions } from '../../domain';

/** What a simulated instance is like once something was done to it. Plain JSON: a store keeps it as it is. */
export interface SimulatedState {
  versions?: Versions;
  health: Health;
  reachable: boolean;
  /** The highest generation that it obeyed. */
  generation: number;
  /** How many more probes find it healthy before it degrades; absent: it doesn't. */
  healthyProbes?: number;
}

/**
 * Where simulated instances keep their state: by the deployment's first generation and the member's
 * ordinal. What isn't there is as its fleet lists it.
 */
export interface SimulatedWorld {
  read(deployment: number, ordinal: number): Promise<SimulatedState | undefined>;
  /** Keeps `state` and answers true, unless a state of a higher generation is kept already: then it answers false. */
  write(deployment: number, ordinal: number, state: SimulatedState): Promise<boolean>;
}
