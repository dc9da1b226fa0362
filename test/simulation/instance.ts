import type { MemberPlan, Runs } from './scenario';

/** One instance as it really is. */
export interface Instance {
  ordinal: number;
  plan: MemberPlan;
  runs: Runs;
  healthy: boolean;
  /** What it ran, and how it was, before the first touch. */
  before: { runs: Runs; healthy: boolean };
  /** The highest generation that it obeyed: nothing lower changes it. */
  fence: number;
  /** Whether anybody tried to change or restore it. */
  touched: boolean;
  changes: number;
  restores: number;
  operation: Operation | null;
  /** Good by its last recorded outcome: such ones are looked at. */
  watched: boolean;
  /** The patrol has found it ill; a sweep finds it again. */
  found: boolean;
  /** Why it isn't good or restored, as it was told last. */
  reason: string | null;
  degradedAt: number | null;
  left: boolean;
}

/** A change or a restore that is under way. */
export interface Operation {
  kind: 'change' | 'restore';
  generation: number;
  /** What the outcome is recorded under: a second operation with the same key gets the first one's outcome. */
  key: string;
  endsAt: number;
  cancelled: boolean;
}

/** What became of an operation, as it is recorded and told. */
export interface Outcome {
  ordinal: number;
  name: string;
  result: string;
  attempts: number;
  reason?: string;
}

/** What an instance is called. */
export function instanceName(ordinal: number): string {
  return `i-${ordinal}`;
}

/**
 * An instance before anything was done to it.
 * @param back a rollback is to be played: it begins where the deployment that it undoes has ended
 */
export function newInstance(ordinal: number, plan: MemberPlan, atRelease: boolean, back: boolean): Instance {
  const old: Runs = atRelease && !back ? 'new' : plan.firstInstall && !atRelease ? 'nothing' : 'old';
  const before = { runs: old, healthy: atRelease || plan.flag !== 'unhealthy' };
  return {
    ordinal,
    plan,
    runs: back ? (atRelease ? old : 'new') : old,
    healthy: before.healthy,
    before,
    fence: 0,
    touched: false,
    changes: 0,
    restores: 0,
    operation: null,
    watched: false,
    found: false,
    reason: null,
    degradedAt: null,
    left: false,
  };
}
