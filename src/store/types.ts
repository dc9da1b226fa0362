import type {
  ChangeOutcome,
  DeploymentSpec,
  Health,
  Member,
  RestoreOutcome,
  Snapshot,
  Status,
  StatusDocument,
  Versions,
} from '../domain';
import type { Freeze, FreezeEnd, FreezeScope } from '../domain/freeze';

/** What `control.start` accepted, before there is a generation. Never changed. */
export interface Request {
  id: string;
  /** `reconcile`: a repair, which nobody asked for. */
  kind: 'deploy' | 'rollback' | 'reconcile';
  spec: DeploymentSpec;
  /** Who asked for it, and the note they left. */
  actor: string;
  note?: string;
  /** The generation that a rollback undoes; absent when it follows a snapshot file. */
  rollbackOf?: number;
  /** The plan that the deployment must still match: what each member was planned to run before. */
  expected?: { name: string; versions?: Versions }[];
  /** Why it may begin although its service is frozen. */
  overrideFreeze?: string;
  createdAt: Date;
}

/** A member as requested: ordinals are the plan's order before health is known. */
export interface RequestedMember extends Member {
  /** Rollback only: where it goes back to; no versions means a first install, which can't be undone. */
  target?: Snapshot;
}

export interface DeploymentRow {
  generation: number;
  /** `environment/service/generation` */
  id: string;
  requestId: string;
  workflowId: string;
  runId: string;
  service: string;
  environment: string;
  status: Status;
  rollbackGeneration?: number;
  rollbackOf?: number;
  document: StatusDocument;
  startedAt: Date;
  endedAt?: Date;
}

/** A member with all that was recorded of it within one deployment. */
export interface MemberRow extends Member {
  snapshot?: Snapshot;
  /** What it was last known to run within this deployment. */
  recorded?: { versions?: Versions; health: Health };
  changed?: ChangeOutcome;
  restored?: RestoreOutcome;
  left: boolean;
  excluded: boolean;
}

/** One answer of a driver: the log of one attempt. */
export interface AttemptRow {
  generation: number;
  name: string;
  attempt: number;
  towards: 'release' | 'snapshot';
  startedAt: Date;
  /** Absent: in flight, or lost with its worker. */
  endedAt?: Date;
  ok?: boolean;
  reason?: string;
  output?: string;
}

/** A line of the event log. */
export interface EventRow {
  id: number;
  at: Date;
  generation?: number;
  service?: string;
  environment?: string;
  instance?: string;
  /** Of an environment. */
  flag?: string;
  type: string;
  by?: string;
  reason?: string;
}

/** What ran on an instance, since when, brought by which deployment. */
export interface InstanceHistoryRow {
  instance: string;
  service: string;
  environment: string;
  versions: Versions;
  since: Date;
  /** The deployment's generation and whoever started it. */
  generation: number;
  by: string;
  /** That deployment didn't bring these versions: it found them, before its first touch. */
  found?: true;
}

/** What runs where: one row per service, environment and release that instances were last recorded with. */
export interface RunningRow {
  service: string;
  environment: string;
  versions: Versions;
  instances: number;
  since: Date;
  by: string;
  /** No deployment brought these versions: `by` is who started the one that found them. */
  found?: true;
  /** Whether the service runs more than one release there. */
  mixed: boolean;
}

/** A freeze with what became of it. */
export interface FreezeRow extends Freeze {
  id: number;
  /** Neither lifted nor over, by the database's clock. */
  isInForce: boolean;
  lifted?: { at: Date; by: string; reason?: string };
}

/** A freeze that is to be placed. */
export interface FreezeOrder {
  scope: FreezeScope;
  by: string;
  reason: string;
  until?: FreezeEnd;
  /** In place of the one that is in force there, if one is. */
  replace: boolean;
}

/** What came of the wish to freeze; `inFlight` names the deployments there that go on. */
export type FreezeAnswer =
  | { kind: 'frozen'; freeze: FreezeRow; inFlight: string[]; replaced?: FreezeRow }
  /** Whoever asks froze it just so before. */
  | { kind: 'same'; freeze: FreezeRow; inFlight: string[] }
  /** This very scope is frozen already, in another way. */
  | { kind: 'taken'; freeze: FreezeRow }
  /** Its end has passed, by the database's clock. */
  | { kind: 'past'; now: Date };

export interface DeploymentFilter {
  service?: string;
  environment?: string;
  /** A name of an instance that it had as a member. */
  instance?: string;
  /** Only of these; absent: of all. */
  environments?: string[];
  services?: string[];
  /** Older ones than this generation. */
  before?: number;
  limit?: number;
}

/** The part of the store that people's questions and requests need; activities need more. */
export interface ControlStore {
  /** With an id that is there already, what is there stays. */
  createRequest(request: Omit<Request, 'id' | 'createdAt'>, members: RequestedMember[], id?: string): Promise<string>;
  /** Who still needs an artifact, in words. */
  artifactUses(digest: string): Promise<string[]>;
  request(id: string): Promise<Request | undefined>;
  deployment(generation: number): Promise<DeploymentRow | undefined>;
  /** What began for a request. */
  deploymentFor(requestId: string): Promise<DeploymentRow | undefined>;
  /** The one in flight, else the latest. */
  latest(environment: string, service: string): Promise<DeploymentRow | undefined>;
  /** As `latest`, without repairs: what a person did last. */
  latestByPeople(environment: string, service: string): Promise<DeploymentRow | undefined>;
  inFlight(): Promise<DeploymentRow[]>;
  deployments(filter: DeploymentFilter): Promise<DeploymentRow[]>;
  members(generation: number, page?: { offset: number; limit: number }): Promise<MemberRow[]>;
  attempts(generation: number, instance?: string): Promise<AttemptRow[]>;
  /** `after`: only those with a higher id. */
  events(filter: { generation?: number; after?: number; limit?: number }): Promise<EventRow[]>;
  instanceHistory(filter: { instance: string; service?: string; environment?: string }): Promise<InstanceHistoryRow[]>;
  running(filter?: { service?: string; environment?: string }): Promise<RunningRow[]>;
  /** What Belay last recorded of these instances of a fleet; `fleet` is the file's real path. */
  recorded(fleet: string, names: string[]): Promise<Map<string, { versions?: Versions; health: Health }>>;
  /** What each member of the service's fleet ran when that generation had ended. */
  stateAfter(generation: number): Promise<Map<string, Versions>>;
  appendEvent(event: Omit<EventRow, 'id' | 'at'>): Promise<void>;
  /** From its commit on nothing new begins there; what began before is in flight, and named. */
  freeze(order: FreezeOrder): Promise<FreezeAnswer>;
  /** Undefined: nothing of this very scope is in force. */
  unfreeze(order: { scope: FreezeScope; by: string; reason?: string }): Promise<FreezeRow | undefined>;
  /** Those that have something in common with a scope; for a service, those that bind it. */
  freezesInForce(scope: FreezeScope): Promise<FreezeRow[]>;
  /** Newest first; those that have something in common with what is named. */
  freezes(filter: FreezeScope & { limit?: number }): Promise<FreezeRow[]>;
  close(): Promise<void>;
}
