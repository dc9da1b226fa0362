/** How requests are split between groups of instances: percent by group, 100 in all. */
export type Split = Record<string, number>;

/** Requests that always go to the release, however little of the traffic it has: those of testers. */
export interface Match {
  kind: 'header' | 'cookie';
  name: string;
  value: string;
}

/** What keeps a user on the side that they are on: a cookie or header that tells who they are. */
export interface Sticky {
  kind: 'cookie' | 'header';
  name: string;
}

/** Which requests go where, beside the shares. */
export interface Routing {
  match: Match[];
  sticky?: Sticky;
}

/** The groups of a fleet whose members change in place: what ran before, and the release. */
export const STABLE = 'stable';
export const CANARY = 'canary';

export interface HaproxyTrafficSpec {
  kind: 'haproxy';
  /** Runtime API of every HAProxy that serves the fleet: `unix:/run/haproxy/admin.sock` or `10.0.0.1:9999`. */
  endpoints: string[];
  /** The map that HAProxy's configuration splits by, as it is named there; on a unix socket's machine the file is kept up, too. */
  map: string;
  /** The backend of each group; a server in it is called as the instance is. */
  backends: Record<string, string>;
  /** How long requests that are under way are waited for before an instance is changed. */
  drainTimeoutMs: number;
  /** How long one answer of the Runtime API may take. */
  timeoutMs: number;
}

export interface CommandTrafficSpec {
  kind: 'command';
  /** argv; gets the weights in its environment and sets them. */
  shift: string[];
  /** argv; prints the split as JSON: `{ "stable": 75, "canary": 25 }`. */
  read: string[];
  /** argv; takes one instance out of service and waits until nothing is under way there. Absent: instances aren't drained. */
  drain?: string[];
  /** argv; puts one instance into groups. Absent: nothing has to be done for that. */
  admit?: string[];
  /** The folder of the spec's file. */
  directory: string;
  /** As of the command driver. */
  env: Record<string, string>;
  drainTimeoutMs: number;
  timeoutMs: number;
}

/** What is in front of the fleet. `nop`: nothing, and the share of instances is the share of traffic. */
export type TrafficSpec = HaproxyTrafficSpec | CommandTrafficSpec | { kind: 'nop' };

/** Whether something is there that can be told where requests go. */
export function hasRouter(spec: TrafficSpec | undefined): boolean {
  return spec !== undefined && spec.kind !== 'nop';
}
