import type { DeploymentSpec, Health, Status, Versions } from '../domain';
import type { DriftKind, Episode, ReconcileMode } from '../domain/reconcile';

/** What workers are configured to do. */
export interface ReconcileSettings {
  mode: ReconcileMode;
  /** 0: only when somebody asks. */
  intervalMs: number;
}

/** The deployment of a service that says what it is to run, whose fleet is found by labels. */
export interface DecisiveRow {
  id: string;
  generation: number;
  environment: string;
  service: string;
  status: Status;
  kind: 'deploy' | 'rollback';
  labels: Record<string, string>;
  spec: DeploymentSpec;
  /** Why the last repair was refused, for a while. */
  refused?: string;
}

/** An instance that carries the labels of a service's fleet. */
export interface FleetRow {
  environment: string;
  service: string;
  name: string;
  health: Health;
  silent: boolean;
  versions?: Versions;
  seenAt: Date;
  /** Since when it has reported these versions. */
  versionsSince: Date;
  joinedAt: Date;
  enrolledAt: Date;
  isHeld: boolean;
}

/** What deployments did with an instance that differs. */
export interface PastRow {
  environment: string;
  service: string;
  name: string;
  isKnown: boolean;
  episodes: Episode[];
}

export interface DriftNote {
  environment: string;
  service: string;
  name: string;
  kind: DriftKind;
  /** For the event log. */
  words: string;
}

/** What reconciliation reads and writes, for all services at once. */
export interface ReconcileStore {
  /** What a worker does from now on, and what everybody shows. */
  configureReconciliation(settings: ReconcileSettings): Promise<void>;
  /** Undefined: no worker has said so yet. */
  reconciliation(): Promise<(ReconcileSettings & { sweptAt?: Date }) | undefined>;
  /** Whether the last sweep began at least so long ago, by the database's clock; then it begins now. One asker is told so. */
  takeSweep(leastMs: number): Promise<boolean>;
  /** Writes down who fell silent and who is back, each once. */
  tellSilence(): Promise<void>;
  /** Of each service: its newest whole deployment or rollback. */
  decisive(): Promise<DecisiveRow[]>;
  /** What instances ran after a deployment that people had a hand in. */
  leftBy(generation: number): Promise<Map<string, Versions>>;
  /** The fleets of these services, by one question. */
  fleets(of: Pick<DecisiveRow, 'environment' | 'service' | 'labels'>[]): Promise<FleetRow[]>;
  /** By one question; `since`: the generation that left the desired state. */
  pastOf(
    instances: (Pick<FleetRow, 'environment' | 'service' | 'name' | 'joinedAt'> & { since: number })[],
  ): Promise<PastRow[]>;
  /** Keeps who differs, for these services; what is new is told in the event log. Silent ones stay as they are. */
  noteDrift(services: { environment: string; service: string }[], drift: DriftNote[]): Promise<void>;
  noteRefusal(service: { environment: string; service: string }, reason: string): Promise<void>;
  /** It gives way to a deployment: what becomes of it says nothing about its instances. */
  supersede(generation: number): Promise<void>;
}
