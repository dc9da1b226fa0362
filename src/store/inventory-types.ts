import type { AgentReport, Desired } from '../domain/agent';
import type { Health, Instance, Versions } from '../domain';

/** How an instance is measured by itself; what it doesn't measure is absent. Rates are fractions of 1. */
export interface InstanceMetrics {
  response_time_ms?: number;
  error_rate?: number;
  success_rate?: number;
  cpu?: number;
  memory?: number;
  active_connections?: number;
}

/** An instance that registers itself. Hashes are SHA-256 of its secret. */
export interface Registration {
  name: string;
  ip: string;
  port?: number;
  labels: Record<string, string>;
  secretHash: Buffer;
  /** Of the secret that it has until now, if it showed one. */
  presentHash?: Buffer;
  /** Without a heartbeat for this long it is UNKNOWN. */
  unknownAfterMs: number;
  /** Whose place it may take; absent: anybody's. */
  holds?: RegistrationScope;
}

/** Which instances may be registered, by their labels; absent: all of them. */
export interface RegistrationScope {
  environments?: string[];
  services?: string[];
  /** They carry each of them. */
  labels?: Record<string, string>;
}

export type RegistrationAnswer =
  | { kind: 'registered' | 'renewed'; instance: InventoryRow }
  /** One of that name is there, with labels that whoever asks may not register. */
  | { kind: 'beyond' }
  /** One of that name is alive, and whoever asks doesn't have its secret. */
  | { kind: 'taken' };

/** What an instance reports about itself. */
export interface Heartbeat {
  name: string;
  secretHash: Buffer;
  health: Health;
  versions?: Versions;
  /** The highest generation that it obeyed. Absent: that of what it was told, once it runs that. */
  generation?: number;
  /** The attempt of that generation that it made last. */
  attempt?: number;
  reason?: string;
  metrics?: InstanceMetrics;
}

export type HeartbeatAnswer =
  | { kind: 'heard'; desired?: Desired }
  /** No such instance, or it was deleted. */
  | { kind: 'unknown' }
  /** The secret is another instance's, or an old one. */
  | { kind: 'wrong_secret' };

/** An instance with what it last reported. Times are the database's. */
export interface InventoryRow {
  name: string;
  ip: string;
  port?: number;
  labels: Record<string, string>;
  /** UNKNOWN when its last heartbeat is too long ago. */
  health: Health;
  versions?: Versions;
  generation: number;
  reason?: string;
  seenAt: Date;
  /** Its heartbeats have stopped; it may never have sent one. */
  silent: boolean;
  registeredAt: Date;
  deletedAt?: Date;
  excluded?: { at: Date; by: string; reason?: string };
  desired?: Desired;
}

/** One heartbeat that was kept. */
export interface Sample {
  at: Date;
  health: Health;
  versions?: Versions;
  generation: number;
  metrics?: InstanceMetrics;
}

/** What somebody may see; absent: all of them. An instance is of each service that its label names, or that deployed to it. */
export interface InstanceScope {
  environments?: string[];
  services?: string[];
}

export interface InventoryFilter {
  within?: InstanceScope;
  /** All of them must be there. */
  labels?: Record<string, string>;
  health?: Health;
  codeVersion?: string;
  configurationVersion?: string;
  /** Names after this one, in their order. */
  after?: string;
  limit?: number;
}

/** Instances that registered themselves. */
export interface InventoryStore {
  register(registration: Registration): Promise<RegistrationAnswer>;
  /** Many at once, in one round trip; those of one name must differ in their secrets. Answers in their order. */
  hear(heartbeats: Heartbeat[]): Promise<HeartbeatAnswer[]>;
  /** Also one that was deleted; not one outside of the scope. */
  inventoryInstance(name: string, within?: InstanceScope): Promise<InventoryRow | undefined>;
  /** The instance that has this secret; one that was deleted has none. */
  instanceBySecret(secretHash: Buffer): Promise<string | undefined>;
  /** In the order of their names, without those that were deleted. */
  inventoryInstances(filter: InventoryFilter): Promise<InventoryRow[]>;
  /** The newest first. */
  samples(name: string, limit: number): Promise<Sample[]>;
  /** False: there is none. It stops being a member of anything, and may register anew. */
  removeFromInventory(name: string, by: string, reason?: string): Promise<boolean>;
  /** Leaves it out of deployments from now on. Undefined: there is none. */
  excludeFromFleets(name: string, by: string, reason?: string): Promise<InventoryRow | undefined>;
  includeInFleets(name: string, by: string): Promise<InventoryRow | undefined>;
  /** A fleet: those that carry all of these labels, were not deleted, and are not excluded. */
  matching(labels: Record<string, string>): Promise<Instance[]>;
  /** Sets what instances are to run; a lower generation than what is set changes nothing. `again`: since when stays. */
  setDesired(desired: (Desired & { name: string })[], how?: { again?: boolean }): Promise<void>;
  /** Whoever hasn't begun to obey that generation needn't any more. */
  withdrawDesired(names: string[], generation: number): Promise<string[]>;
  /** Somebody listens to heartbeats now; to be said again within seconds. Without it a silence says nothing. */
  hearing(): Promise<void>;
  /** One query, however many they are; those that never registered are absent. */
  agentReports(names: string[]): Promise<Map<string, AgentReport>>;
}
