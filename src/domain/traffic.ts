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
export function hasRouter(spec: TrafficSpec | undefined): spec is HaproxyTrafficSpec | CommandTrafficSpec {
  return spec !== undefined && spec.kind !== 'nop';
}

/** Stands for the name of a group where each has routers of its own. */
export const GROUP = '{{group}}';

/** Whether each group of a fleet has routers of its own. */
export function isByGroup({ groups, traffic }: { groups?: unknown; traffic?: TrafficSpec }): boolean {
  return groups !== undefined && hasRouter(traffic) && JSON.stringify(traffic).includes(GROUP);
}

/** What is in front of one group; an undefined one has what all have. */
export function trafficOf(spec: TrafficSpec, group: string | undefined): TrafficSpec {
  if (group === undefined) return spec;
  const named = (text: string) => text.replaceAll(GROUP, () => group);
  switch (spec.kind) {
    case 'nop':
      return spec;
    case 'haproxy':
      return ofGroup(spec, group);
    case 'command': {
      const { shift, read, drain, admit, env } = spec;
      return {
        ...spec,
        shift: shift.map(named),
        read: read.map(named),
        ...(drain && { drain: drain.map(named) }),
        ...(admit && { admit: admit.map(named) }),
        env: mapValues(env, named),
      };
    }
  }
}

/** The HAProxys of one group. */
export function ofGroup(spec: HaproxyTrafficSpec, group: string): HaproxyTrafficSpec {
  const named = (text: string) => text.replaceAll(GROUP, () => group);
  const { endpoints, map, backends } = spec;
  return { ...spec, endpoints: endpoints.map(named), map: named(map), backends: mapValues(backends, named) };
}

function mapValues(texts: Record<string, string>, change: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, change(text)]));
}
