import type { AnalysisSpec, MetricsSpec } from './analysis';
import type { DeploymentWindow } from './calendar/window';
import type { ExperimentStrategy } from './experiment/spec';
import type { Hooks } from './hooks';
import type { Versions } from './instance';
import type { Size } from './size';
import type { Match, Sticky, TrafficSpec } from './traffic';

/** Where a deployment's instances are listed. */
export type FleetSource =
  /** `path` is absolute, with links resolved: it is half of a claim's key. */
  | { kind: 'file'; path: string }
  /** Those in the inventory that carry every one of these labels; at least one label. */
  | { kind: 'inventory'; labels: Record<string, string> }
  /** No instances: features are turned on, nothing is installed. */
  | { kind: 'none' };

/** Which of the fleet's instances are targeted, and which come first; names, matched exactly. */
export interface Selection {
  /** Empty: all. */
  only: string[];
  exclude: string[];
  first: string[];
}

export type Order = { kind: 'name' } | { kind: 'as_listed' } | { kind: 'label'; label: string };

/** JSON fields (dotted paths) of a health answer that carry the versions. */
export interface VersionFields {
  codeVersion?: string;
  configurationVersion?: string;
}

export type HealthCheck =
  | ({ kind: 'http'; path: string; expectStatus: number; connectTimeoutMs: number; timeoutMs: number } & VersionFields)
  /** Exit 0 is healthy, 1 degraded, anything else failed; versions are read from JSON on standard output. */
  | ({ kind: 'command'; run: string[]; timeoutMs: number } & VersionFields);

export interface CommandDriverSpec {
  kind: 'command';
  /** argv; a relative first word that has a slash counts from `directory`. */
  update: string[];
  /** The folder of the spec's file: working directory of `update`. */
  directory: string;
  /** Values may hold `${env:NAME}`, resolved where the worker runs; never stored resolved, never printed. */
  env: Record<string, string>;
  health: HealthCheck;
}

export interface SshDriverSpec {
  kind: 'ssh';
  /** argv, run on the instance's host; a relative first word that has a slash counts from `directory` there. */
  update: string[];
  user: string;
  port: number;
  /** The label that names the host; absent: the host of the instance's address. */
  hostLabel?: string;
  /** On the host: absolute, `~` or below it. */
  directory: string;
  /** Where the worker runs: absolute, or below `~`; absent: the worker's ssh-agent. */
  privateKeyFile?: string;
  /** Where the worker runs: absolute, or below `~`. */
  knownHostsFile: string;
  connectTimeoutMs: number;
  /** On the host: absolute, or below `~`. */
  fenceDirectory: string;
  /** On the host: absolute, or below `~`. */
  artifactDirectory: string;
  /** As of the command driver. */
  env: Record<string, string>;
  health: HealthCheck;
}

export interface InjectedFailure {
  kind: 'fail' | 'hang' | 'slow' | 'crash' | 'lie' | 'degrade';
  /** How many attempts it hits; absent: all. */
  times?: number;
}

export interface SimulatedDriverSpec {
  kind: 'simulated';
  latencyMs: number;
  failures: Record<string, InjectedFailure>;
}

/** An agent at each instance changes it; how, its own file says. */
export interface AgentDriverSpec {
  kind: 'agent';
}

/** There are no instances to reach. */
export interface NoDriverSpec {
  kind: 'none';
}

export type DriverSpec = CommandDriverSpec | SshDriverSpec | SimulatedDriverSpec | AgentDriverSpec | NoDriverSpec;

export interface Approval {
  /** The batch, counted from 1, that doesn't start before somebody approves. */
  beforeBatch: number;
  timeoutMs?: number;
  onTimeout: 'pause' | 'reject';
}

export interface RollingStrategy {
  kind: 'rolling';
  batching:
    /** One batch after another; the last size repeats. */
    | { kind: 'batches'; sizes: Size[]; pauseBetweenMs: number }
    /** A fixed number in flight; the next starts when one ends. */
    | { kind: 'window'; size: Size };
  /** Watched for this long after the last batch. */
  bakeMs: number;
}

/** One step of a canary, or of what a group is looked at by before requests are switched to it. */
export type StrategyStep =
  /** As many instances as this percent of the fleet run the release. */
  | { kind: 'update'; percent: number }
  /** So many instances, then so much of the traffic, in percent. */
  | { kind: 'traffic'; weight: number }
  | { kind: 'analyze'; forMs: number }
  | { kind: 'approve'; timeoutMs?: number; onTimeout: 'pause' | 'reject' }
  | { kind: 'bake'; forMs: number }
  /** One of `hooks`, by its name. */
  | { kind: 'hook'; hook: string };

/** A growing share of instances and traffic, judged at each step. */
export interface CanaryStrategy {
  kind: 'canary';
  steps: StrategyStep[];
  /** How many instances are changed at once at most. */
  batchSize: Size;
  match: Match[];
  sticky?: Sticky;
  /** How traffic goes back: at once, or down the same steps. */
  rollback: 'instant' | 'progressive';
}

/** Two groups of instances: one serves while the other is made ready, then requests are switched. */
export interface BlueGreenStrategy {
  kind: 'blue_green';
  /** The label whose value is an instance's group. */
  slotLabel: string;
  /** The groups by name where no label tells: names of instances. */
  slots?: Record<string, string[]>;
  batchSize: Size;
  /** What the idle group must pass before any request is switched to it. No `update`, no `traffic`. */
  validate: StrategyStep[];
  /** How long it is analyzed after the switch; 0: not. */
  watchMs: number;
  /** How long, from the switch on, the old group is kept ready. At least `watchMs`. */
  keepMs: number;
}

/** Features that are turned on for a growing share of users. */
export interface FeatureFlagsStrategy {
  kind: 'feature_flags';
  /** In order; percents of users, growing. `off`: for nobody. */
  features: { key: string; steps: number[] | 'off' }[];
  /** What a violation takes back: the feature that was changed last, or all. */
  onViolation: 'feature' | 'all';
}

export type Strategy = RollingStrategy | CanaryStrategy | BlueGreenStrategy | FeatureFlagsStrategy | ExperimentStrategy;

/** Groups of instances, by a label, that a strategy goes through one after another. */
export interface GroupsSpec {
  /** The label. */
  by: string;
  /** Its values, in order; those of other values come last, together. */
  order: string[];
  /** How long to wait between two of them. */
  bakeMs: number;
  /** Whether somebody approves each group but the first. */
  approve: boolean;
  /** The task queue of each group's workers, with `{{group}}` for its name: they change its instances. Absent: any worker does. */
  taskQueue?: string;
}

export type OnFailure = 'rollback' | 'pause' | 'abort';

export interface RetryPolicy {
  /** How many of the driver's answers count, at least 1. */
  maxAttempts: number;
  initialIntervalMs: number;
  backoff: number;
  maxIntervalMs: number;
}

export interface Timeouts {
  /** Bounds one attempt's change. */
  instanceMs: number;
  /** From the change's end until the instance is good. */
  healthMs: number;
  /** Time paused, awaiting a person or baking doesn't count. */
  deploymentMs?: number;
}

/** A deployment, as asked for: plain, valid values, made from a file or from the command line. */
export interface DeploymentSpec {
  service: string;
  environment: string;
  release: Versions;
  metadata: Record<string, string>;
  fleet: FleetSource;
  selection: Selection;
  unreachable: 'refuse' | 'exclude' | 'include';
  driver: DriverSpec;
  /** What belay.yaml calls it, where it was asked for by name. */
  driverName?: string;
  strategy: Strategy;
  /** What is in front of the fleet; absent: nobody said it. */
  traffic?: TrafficSpec;
  /** What belay.yaml calls it, where it was asked for by name. */
  trafficName?: string;
  /** Absent: none. */
  hooks?: Hooks;
  /** What belay.yaml calls those that were asked for by name, by what they are called here. */
  hookNames?: Record<string, string>;
  /** When it may go forward; absent: at any time. */
  windows?: DeploymentWindow[];
  /** Absent: all instances are one. */
  groups?: GroupsSpec;
  /** Percent of users by flag: turned on when all instances run the release, back before any goes back. */
  flags?: Record<string, number>;
  maxFailures: Size;
  failedInstances: 'leave' | 'restore';
  onFailure: OnFailure;
  /** How many go back at a time; absent: as many as the largest batch started. */
  rollbackBatchSize?: Size;
  retry: RetryPolicy;
  timeouts: Timeouts;
  minHealthyMs: number;
  healthIntervalMs: number;
  approvals: Approval[];
  /** What the release is judged by while it is rolled out; absent: health alone. */
  analysis?: AnalysisSpec;
  /** Who measures an experiment; absent with other strategies, and where nobody can. */
  metrics?: MetricsSpec;
  order: Order;
  /** Touch instances that already run the release, too. */
  force: boolean;
  /** Where the snapshot file goes: an absolute path. Absent: none is written, the database has it. */
  snapshotFile?: string;
}
