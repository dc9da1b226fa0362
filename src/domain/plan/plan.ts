import type { HealthWord } from '../instance';
import type { ReleaseDocument, Status } from '../status';

/** How a plan's document is recognized; a later, different one gets another number. */
export const PLAN_FORMAT = 'belay-plan/1';

/** What a deployment would do: a plain value, printed, kept in a file, compared with a later one. */
export interface Plan {
  format: typeof PLAN_FORMAT;
  service: string;
  environment: string;
  /** Present when nothing real is behind the fleet. */
  simulated?: string;
  release: ReleaseDocument;
  strategy: string;
  driver: string;
  /** What is run for each instance; absent when nothing is. Names of variables only, never values. */
  command?: PlannedCommand;
  /** What every instance is asked to find out how it is; absent when nothing is. */
  health?: string;
  fleet: PlannedFleet;
  /** The deployment of the service that is in flight: another one is refused until it has ended. */
  in_flight?: PlannedBehind;
  /** Why it can't begin as things are; absent when it can. */
  refused?: string;
  /** Who goes from what to what, grouped by identical difference. */
  changes: PlannedChange[];
  steps: PlannedStep[];
  unchanged: string[];
  /** Those that couldn't be reached, and what becomes of each. */
  unreachable: { instance_id: string; reason: string; becomes: 'refused' | 'left out' | 'tried' }[];
  /** Left out by only or exclude. */
  excluded: string[];
  limits: PlannedLimits;
  /** What happens on failure, in words. */
  on_failure: string;
  estimate: Estimate;
  /** What a person should know before it runs. */
  notes: string[];
  /** Every targeted instance as it was found: what a later comparison goes by. */
  members: PlannedMember[];
  /** What the plan was made from, so that it can be made again; the maker's to fill in. */
  origin?: PlanOrigin;
}

/** The deployment that stands in the way. */
export interface PlannedBehind {
  id: string;
  status: Status;
  actor: string;
}

export interface PlannedCommand {
  argv: string[];
  directory: string;
  /** What Belay sets for each instance, and what the spec adds. */
  environment: string[];
  /** Present when it runs on the instance's host, and `directory` is there. */
  ssh?: { user: string; port: number; host_label?: string };
}

export interface PlannedFleet {
  /** The file that lists them, or the labels that they carry in the inventory. */
  file?: string;
  labels?: Record<string, string>;
  targeted: number;
  to_change: number;
  unchanged: number;
  unreachable: number;
  excluded: number;
}

export interface PlannedChange {
  /** Null: nobody knows, or nothing was ever installed. */
  from: ReleaseDocument | null;
  to: ReleaseDocument;
  instances: string[];
}

export type PlannedStep =
  | { kind: 'approve'; summary: string; before_batch?: number; timeout_ms?: number; on_timeout: 'pause' | 'reject' }
  | { kind: 'update'; summary: string; batch: number; in_flight: number; instances: string[] }
  | { kind: 'pause'; summary: string; for_ms: number }
  /** `after_ms`: so long after the shift before it the first measurement begins; absent: at once. */
  | { kind: 'analyze'; summary: string; for_ms: number; after_ms?: number }
  | { kind: 'bake'; summary: string; for_ms: number }
  | { kind: 'traffic'; summary: string; weight: number }
  | { kind: 'switch' | 'settle'; summary: string }
  | { kind: 'hook'; summary: string; hook: string }
  | { kind: 'flag'; summary: string; feature: string; percent: number };

export interface PlannedLimits {
  /** As written: `3` or `10%`. */
  max_failures: string;
  /** How many may fail. */
  allowed_failures: number;
  summary: string;
  max_attempts: number;
  instance_timeout_ms: number;
  health_timeout_ms: number;
  deployment_timeout_ms?: number;
}

/** How long it takes when nothing fails and nobody is waited for. */
export interface Estimate {
  at_least_ms: number;
  /** Absent when nothing bounds it. */
  at_most_ms?: number;
  /** How it was computed, in words. */
  how: string;
}

export interface PlannedMember {
  instance_id: string;
  code_version: string | null;
  configuration_version: string | null;
  artifact?: string;
  health: HealthWord;
  reachable: boolean;
}

/** Absolute paths, and options as they were typed. */
export interface PlanOrigin {
  file?: string;
  instances?: string;
  desired?: string;
  options: Record<string, string | boolean | string[]>;
}
