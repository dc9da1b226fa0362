import type {
  DeploymentSpec,
  FleetSource,
  Instance,
  InstanceDocument,
  MessageKind,
  Snapshot,
  StatusDocument,
} from '../domain';
import type {
  AttemptRow,
  DeploymentFilter,
  DeploymentRow,
  EventRow,
  FreezeOrder,
  FreezeRow,
  InstanceHistoryRow,
  Request,
  RunningRow,
} from '../store/types';
import type { HookRunRow } from '../store/hook-runs';
export type { HookRunRow } from '../store/hook-runs';
export type { FleetSource } from '../domain';
export type {
  AttemptRow,
  DeploymentFilter,
  DeploymentRow,
  EventRow,
  FreezeOrder,
  FreezeRow,
  InstanceHistoryRow,
  RunningRow,
} from '../store/types';
import type { Aim } from '../store/answers';
import type { FreezeScope } from '../domain/freeze';
import type { AdjustFields } from '../workflows/messages';
export type { AdjustFields } from '../workflows/messages';
import type { ExposureDocument } from './exposure';
import type { DeploymentName } from './name';
import type { DriftDocument } from './reconcile';

/** By what a request is found again, should whoever works on it be gone before it is answered. */
export interface Trace {
  /** What is begun or sent for it carries this. */
  id: string;
  /** Whom a message was sent to, when somebody worked on it before. */
  aim?: Aim;
  /** To be awaited before a message is sent. */
  keepAim(aim: Aim): Promise<void>;
}

/** A deployment that is to be started. */
export interface StartOrder {
  spec: DeploymentSpec;
  instances: Instance[];
  actor: string;
  note?: string;
  /** The plan that the fleet must still match. */
  expected?: NonNullable<Request['expected']>;
  /** Why it is to begin although its service is frozen, if it is. */
  overrideFreeze?: string;
  trace?: Trace;
}

/** A deployment that began: it is durable from now on, whatever happens to whoever started it. */
export interface Started {
  id: string;
  generation: number;
  workflow_id: string;
  run_id: string;
}

/** A message that a deployment took. */
export interface Delivered {
  deployment: string;
  message: MessageKind;
  /** `update`: applied. `signal`: stored by Temporal, and applied (or refused) once a worker runs. */
  delivered: 'update' | 'signal';
  /** What a person should know about it. */
  notice?: string;
}

/** Where a deployment stands. */
export interface Standing {
  document: StatusDocument;
  /** Who told: the workflow itself, or the database. */
  source: 'workflow' | 'database';
  /** Its end is in the database, files included: nothing more will change. */
  recorded: boolean;
  /** In flight by the database, and unknown to Temporal: nothing goes on by itself. */
  lost: boolean;
  /** Why this may not be the latest, and what to do about it. */
  notice?: string;
}

/** Everything that is known of one deployment. */
export interface Details {
  standing: Standing;
  /** Where its instances are listed; absent when nobody knows any more. */
  fleet?: FleetSource;
  instances: InstanceDocument[];
  events: EventRow[];
  exposure: ExposureDocument;
}

export interface Overview {
  running: RunningRow[];
  in_flight: StatusDocument[];
  frozen: FreezeRow[];
}

/** What a token holds for; absent: all of them. */
export interface Within {
  environments?: string[];
  services?: string[];
}

/** A deployment that is listed. */
export type HistoryRow = Omit<DeploymentRow, 'requestId'>;

/** Who asks for a rollback or a retry, and why. */
export interface Asker {
  actor: string;
  reason?: string;
  trace?: Trace;
}

/** What a freeze that was asked for led to. */
export interface Frozen {
  freeze: FreezeRow;
  /** The one in whose place it is. */
  replaced?: FreezeRow;
  /** Whoever asks froze it just so before: nothing was changed. */
  already: boolean;
  /** Ids of the deployments there that go on. */
  in_flight: string[];
  notices: string[];
}

/** A freeze that was lifted. */
export interface Unfrozen {
  freeze: FreezeRow;
  /** What still binds the scope, or a part of it. */
  still: FreezeRow[];
}

/** A rollback to what files say. */
export interface SnapshotRollback extends Asker {
  spec: DeploymentSpec;
  instances: Instance[];
  targets: Map<string, Snapshot>;
}

/** The verb was a message to one in flight, or began a deployment of its own, or there was nothing to do. */
export type Answer =
  | { kind: 'delivered'; delivered: Delivered }
  | { kind: 'started'; started: Started; notices?: string[] }
  | { kind: 'nothing'; reason: string };

/** The answer of one of many deployments to the same message. */
export type PauseAnswer = { deployment: string } & (
  { ok: true; delivered: Delivered } | { ok: true; already: true } | { ok: false; reason: string }
);

/** All that a person or a program can do with deployments, wherever it is asked from. */
export interface Control {
  /** Refused while another deployment of the service is in flight. */
  start(order: StartOrder): Promise<Started>;
  message(name: DeploymentName, kind: MessageKind, fields: AdjustFields, trace?: Trace): Promise<Delivered>;
  status(name: DeploymentName): Promise<Standing>;
  /** What runs where, and what is in flight. */
  overview(): Promise<Overview>;
  show(name: DeploymentName): Promise<Details>;
  /** Every member of it now. */
  instances(name: DeploymentName): Promise<InstanceDocument[]>;
  /** Up to `limit` names of those that are being worked on; none when the workflow can't be asked. */
  busy(name: DeploymentName, limit: number): Promise<string[]>;
  history(filter: DeploymentFilter): Promise<HistoryRow[]>;
  instanceHistory(filter: { instance: string; service?: string; environment?: string }): Promise<InstanceHistoryRow[]>;
  /** What happened in it, the oldest first; `after`: only what has a higher id. */
  events(name: DeploymentName, after?: number): Promise<EventRow[]>;
  logs(name: DeploymentName, instance?: string): Promise<AttemptRow[]>;
  /** The runs of its hooks that have ended. */
  hookRuns(name: DeploymentName): Promise<HookRunRow[]>;
  /** A message to one in flight; else the latest's touched instances go back, or (with `to`) to what ran after that one. */
  rollback(name: DeploymentName, asker: Asker & { to?: number }): Promise<Answer>;
  rollbackToSnapshot(rollback: SnapshotRollback): Promise<Answer>;
  /** A message to one in flight; else a new deployment of those that failed. */
  retry(name: DeploymentName, asker: Asker & { instances: string[]; overrideFreeze?: string }): Promise<Answer>;
  pauseAll(asker: Asker & { within?: Within }): Promise<PauseAnswer[]>;
  /** Lets nothing new go forward there. Refused where this very scope is frozen in another way, unless that is to be replaced. */
  freeze(order: FreezeOrder & { within?: Within }): Promise<Frozen>;
  /** `within`: what a refusal may speak of. */
  unfreeze(scope: FreezeScope, asker: Asker & { within?: Within }): Promise<Unfrozen>;
  /** Every freeze that has something in common with what is named, the newest first. */
  freezes(filter: FreezeScope & { limit?: number }): Promise<FreezeRow[]>;
  /** Who differs from what their service is to run, and what will be done about it. */
  drift(filter: { service?: string; environment?: string }): Promise<DriftDocument>;
  /** Has one in flight look at its instances now; answers when what it found was taken in, or after ten seconds. */
  advance(name: DeploymentName): Promise<Standing>;
  /** Looks at all fleets, or at some, once, and begins the repairs that are due. */
  sweep(within?: Within): Promise<Started[]>;
  close(): Promise<void>;
}
