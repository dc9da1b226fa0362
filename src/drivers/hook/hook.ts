import type { ReleaseDocument, Status } from '../../domain';

/** What a hook is told: which deployment runs it, where that stands, and why. */
export interface HookOccasion {
  service: string;
  environment: string;
  generation: number;
  /** With the generation, the same for every time that this very run is repeated. */
  number: number;
  status: Status;
  /** Null where each instance goes back to something of its own. */
  release: ReleaseDocument | null;
  /** What most of the fleet ran before; null where nobody knows. */
  previous: ReleaseDocument | null;
  /** Its name in the spec. */
  hook: string;
  /** What it is run for: `batch 2`, `stage 3`. */
  moment: string;
  /** The release's share of the requests, in percent; null where there is no router. */
  weight: number | null;
  /** Why the deployment is where it is; null: it goes as planned. */
  reason: string | null;
}

/** Something of the user's that is run in the course of a deployment. */
export interface Hook {
  /** What this machine lacks to run it, each with what to do about it; found out before anything is touched. */
  problems(name: string): Promise<string[]>;
  /**
   * Runs it to its end; answers with why it failed. An aborted `signal` ends it and throws its reason.
   * @param printed is told the last 8 KiB of what it printed, or was answered, without secrets, however it ends
   */
  run(occasion: HookOccasion, signal: AbortSignal, printed?: (output: string) => void): Promise<string | undefined>;
}
