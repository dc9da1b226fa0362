import type { Status } from '../status';

/** One stage of the course that a strategy makes: what the engine goes through, one after another. */
export type Stage =
  /** Instances are changed, in batches, until this percent of the targeted ones run the release. */
  | { kind: 'update'; percent: number }
  /** Requests are shifted until the release has this percent of them: as a step, or on the way to that of a step. */
  | { kind: 'traffic'; weight: number; towards?: number }
  /** All requests go to the group that runs the release, at once. */
  | { kind: 'switch' }
  | { kind: 'analyze'; forMs: number }
  /** The release and what ran before are measured until the sample is there or the time is over, then compared once. */
  | { kind: 'experiment'; metric: string; forMs: number; everyMs: number }
  | { kind: 'approve'; timeoutMs?: number; onTimeout: 'pause' | 'reject' }
  | { kind: 'bake'; forMs: number }
  /** A bake that ends the course when a person promotes it. */
  | { kind: 'keep'; forMs: number }
  | { kind: 'hook'; hook: string }
  /** A feature is on for this percent of users, or for nobody. */
  | { kind: 'flag'; feature: string; percent: number | 'off' }
  /** The release is what is stable now. */
  | { kind: 'settle' };

/** What is done to something other than an instance, one at a time. */
export type Act =
  /** The release gets this percent of the requests, of a group that has routers of its own or (absent) of all. */
  | { kind: 'shift'; weight: number; group?: string }
  | { kind: 'settle'; group?: string }
  /** The rest is what it is told of where the deployment stands; absent: as that was recorded last. */
  | { kind: 'hook'; hook: string; moment: string; status?: Status; weight?: number; reason?: string }
  | { kind: 'set_flags'; flags: { feature: string; percent: number | 'off' }[] }
  /** Flags are as they were before the deployment; absent: all that it has set. */
  | { kind: 'restore_flags'; features?: string[] }
  /** May it go forward now? */
  | { kind: 'read_calendar' };
