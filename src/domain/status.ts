import type { VerdictKind } from './analysis';
import type { Conclusion } from './experiment';
import type { HealthWord, Versions } from './instance';

export const STATUSES = [
  'pending',
  'running',
  'paused',
  'awaiting_approval',
  'rolling_back',
  'succeeded',
  'completed_with_failures',
  'failed',
  'aborted',
  'cancelled',
  'rolled_back',
  'rollback_incomplete',
] as const;
export type Status = (typeof STATUSES)[number];

export const TERMINAL_STATUSES = [
  'succeeded',
  'completed_with_failures',
  'failed',
  'aborted',
  'cancelled',
  'rolled_back',
  'rollback_incomplete',
] as const satisfies readonly Status[];
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

export function isTerminal(status: Status): status is TerminalStatus {
  return (TERMINAL_STATUSES as readonly Status[]).includes(status);
}

/** How many members are where. All but `total` partition it. */
export interface Counts {
  total: number;
  pending: number;
  in_flight: number;
  succeeded: number;
  failed: number;
  unchanged: number;
  /** Not touched any more: excluded as unreachable, skipped by a person, or gone from the fleet. */
  skipped: number;
  rolled_back: number;
  unresolved: number;
}

export const STEP_KINDS = ['update', 'traffic', 'switch', 'bake', 'analyze', 'approve', 'hook', 'flag'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** Where a deployment stands; the index counts from 1. */
export interface StepPosition {
  index: number;
  of: number;
  kind: StepKind;
  summary: string;
}

export interface ListedFailure {
  instance: string;
  reason: string;
  attempts: number;
}

/** What a deployment waits for, since and until when (ISO 8601), and the command that ends the wait. */
export interface Awaiting {
  kind: 'approval' | 'resume' | 'bake' | 'analysis' | 'window';
  since: string;
  until?: string;
  command: string;
}

/** A measurement that failed: when (ISO 8601), and its numbers in words. */
export interface ViolationDocument {
  at: string;
  reason: string;
}

export interface ReleaseDocument {
  code_version: string;
  configuration_version: string;
  /** Its digest; absent: none, or nobody knows. */
  artifact?: string;
}

export function releaseDocument({ codeVersion, configurationVersion, artifact }: Versions): ReleaseDocument {
  return {
    code_version: codeVersion,
    configuration_version: configurationVersion,
    ...(artifact === undefined ? {} : { artifact }),
  };
}

/** The document that `status --json`, the query `progress` and the API answer with. Keys are never removed. */
export interface StatusDocument {
  id: string;
  workflow_id: string;
  run_id: string;
  generation: number;
  /** A repair that reconciliation began; absent for what people ask for. */
  kind?: 'reconcile';
  rollback_generation?: number;
  rollback_of?: number;
  rollback_count: number;
  service: string;
  environment: string;
  status: Status;
  strategy: string;
  driver: string;
  simulated?: boolean;
  /** Absent only for a rollback deployment, whose targets are snapshots. */
  release: ReleaseDocument | null;
  /** The versions that most of the fleet ran before; null when nobody knows. */
  previous_release: ReleaseDocument | null;
  /** Present when the fleet ran more than one: the most common first, five at most; null where nobody knows. */
  previous_releases?: { release: ReleaseDocument | null; instances: number }[];
  actor: string;
  note: string | null;
  metadata: Record<string, string>;
  links: { web_ui: string | null; runbook?: string };
  reason: string | null;
  step: StepPosition;
  /** What splits requests in front of its instances; absent: nothing does. */
  router?: 'haproxy' | 'command';
  /** Of blue-green: the group that served before, with how many nobody touches, and the one that gets the release. Absent: groups of the fleet differ. */
  sides?: { before: string; release: string; untouched: number };
  traffic_percent: number | null;
  counts: Counts;
  failures: ListedFailure[];
  awaiting?: Awaiting;
  /** Measurements that failed, the first fifty. */
  violations: ViolationDocument[];
  /** What was measured last, and how many violations of how many there were; absent: nothing is measured. */
  analysis?: {
    last?: { kind: VerdictKind; text: string };
    violations: number;
    limit: number;
    count: 'consecutive' | 'total';
  };
  /** What an experiment has shown: a conclusion once it is judged. Absent: it is none, or it hasn't begun. */
  experiment?: { conclusion: Conclusion['kind'] | null; text: string };
  /** Features that this deployment has turned on, each with its percent of the users. */
  enabled_features?: Record<string, number>;
  started_at: string;
  ended_at: string | null;
  duration_ms: number;
}

/** One member of a deployment, as `deploy --json` and the query `instances` list it. */
export interface InstanceDocument {
  instance_id: string;
  state: string;
  code_version?: string;
  configuration_version?: string;
  artifact?: string;
  health?: HealthWord;
  reason?: string;
  attempts?: number;
}
