import type { HaproxyTrafficSpec } from '../../../domain/traffic';
import { listed } from '../../target/words';
import type { NeededInstance, ServicePlace, TrafficNeed } from '../driver';
import { layoutOf } from './layout';
import { misleading } from './map';
import { keepingOf, mapFileOf } from './map-file';
import type { Runtime } from './runtime';
import { serversOf, type Server } from './servers';
import { noMap, unwritable } from './shares';

/** How many instances are named. */
const NAMED = 5;

/** What of a deployment's need can be told to be wrong without asking any HAProxy. */
export function unmeetable({ backends }: HaproxyTrafficSpec, { groups, routing }: TrafficNeed): string[] {
  return [
    ...groups
      .filter((group) => backends[group] === undefined)
      .map((group) => `traffic.backends has none for ${group}.`),
    // A request without the header would look the same to HAProxy.
    ...routing.match.filter(({ value }) => value === '').map(({ name }) => `strategy.match: ${name} has no value.`),
  ];
}

/** Why one HAProxy can't serve a deployment. */
export async function shortcomings(
  runtime: Runtime,
  spec: HaproxyTrafficSpec,
  place: ServicePlace,
  need: TrafficNeed,
  signal: AbortSignal,
): Promise<string[]> {
  const level = await runtime.level(signal);
  if (level !== 'admin') return [`whoever connects is ${level} there; write \`stats socket … level admin\``];
  const backends = await runtime.backends(signal);
  const absent = Object.values(spec.backends).filter((backend) => !backends.has(backend));
  if (absent.length > 0) return [`it has no backend ${listed(absent)}; correct traffic.backends, or its configuration`];
  const present = new Map<string, Server[]>();
  const servers = await runtime.servers(Object.values(spec.backends), signal);
  for (const [i, backend] of Object.values(spec.backends).entries()) present.set(backend, servers[i] ?? []);
  return [
    ...misplaced(spec, need, present),
    ...(need.groups.length > 1 ? await mapProblems(runtime, spec, place, backends, signal) : []),
  ];
}

/** Instances that aren't servers of just their own groups' backends: HAProxy makes none by itself. */
function misplaced({ backends }: HaproxyTrafficSpec, need: TrafficNeed, present: Map<string, Server[]>): string[] {
  const isIn = (instance: NeededInstance, group: string): boolean =>
    serversOf(instance, [present.get(backends[group] ?? '') ?? []]).length > 0;
  return need.groups.flatMap((group) => {
    const backend = backends[group] ?? '';
    const own = need.instances.filter(({ groups }) => groups.includes(group));
    const elsewhere = (instance: NeededInstance) =>
      need.groups.some((other) => !instance.groups.includes(other) && isIn(instance, other));
    const strangers = need.instances.filter((each) => !each.groups.includes(group) && isIn(each, group));
    return [
      ...strangerWords(strangers, group, backend),
      ...lackingWords(
        // Those that are in a wrong one are told there.
        own.filter((each) => !isIn(each, group) && !elsewhere(each)),
        backend,
      ),
    ];
  });
}

function strangerWords(strangers: readonly NeededInstance[], group: string, backend: string): string[] {
  const of = [...new Set(strangers.flatMap(({ groups }) => groups))];
  return of.map((other) => {
    const those = strangers.filter(({ groups }) => groups.includes(other));
    const are = those.length === 1 ? 'is a server' : 'are servers';
    return `${namesText(those)} of ${other} ${are} in ${backend}, the backend of ${group}: who serves would be changed; correct traffic.backends, or what tells the group of an instance`;
  });
}

function lackingWords(instances: readonly NeededInstance[], backend: string): string[] {
  if (instances.length === 0) return [];
  const which = instances.length === 1 ? 'is no server' : 'are no servers';
  return [`${namesText(instances)} ${which} in ${backend}: none has that name or address`];
}

function namesText(instances: readonly NeededInstance[]): string {
  const more = instances.length > NAMED ? `, and ${instances.length - NAMED} more` : '';
  const names = instances.slice(0, NAMED).map(({ name }) => name);
  return `${names.join(', ')}${more}`;
}

async function mapProblems(
  runtime: Runtime,
  spec: HaproxyTrafficSpec,
  place: ServicePlace,
  backends: Set<string>,
  signal: AbortSignal,
): Promise<string[]> {
  const entries = await runtime.entries(spec.map, signal);
  if (entries === undefined) return [noMap(spec.map)];
  return misleading(layoutOf(spec), entries, place, backends);
}

/** Why this machine, or who runs this here, can't keep up the map's file; undefined: nothing stands against it. */
export async function unkeptHere({ endpoint }: Runtime, { map }: HaproxyTrafficSpec): Promise<string | undefined> {
  const file = mapFileOf(endpoint, map);
  const denied = file !== undefined && (await keepingOf(file)) === 'denied';
  return denied ? unwritable(file) : undefined;
}
