import { CANARY, STABLE, type HaproxyTrafficSpec } from '../../../domain/traffic';
import { listed } from '../../target/words';
import type { RoutedInstance, ServicePlace, TrafficNeed } from '../driver';
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
    ...missing(spec, need, present),
    ...(need.groups.length > 1 ? await mapProblems(runtime, spec, place, backends, signal) : []),
  ];
}

/** Instances that can't be put into a backend: a server for each must be there, as HAProxy makes none by itself. */
function missing({ backends }: HaproxyTrafficSpec, need: TrafficNeed, present: Map<string, Server[]>): string[] {
  const within = (names: readonly string[]): string | undefined => {
    const among = names.map((name) => present.get(name) ?? []);
    return lackingWords(
      need.instances.filter((instance) => serversOf(instance, among).length === 0),
      names,
    );
  };
  const named = need.groups.flatMap((group) => backends[group] ?? []);
  // Each instance changes in place and may be in any of these; of slots, each has its own.
  const inAll = need.groups.every((group) => group === STABLE || group === CANARY);
  return (inAll ? named.map((backend) => [backend]) : [named]).flatMap((names) => within(names) ?? []);
}

function lackingWords(instances: readonly RoutedInstance[], backends: readonly string[]): string | undefined {
  if (instances.length === 0) return undefined;
  const more = instances.length > NAMED ? `, and ${instances.length - NAMED} more` : '';
  const names = instances.slice(0, NAMED).map(({ name }) => name);
  const which = instances.length === 1 ? 'is no server' : 'are no servers';
  return `${names.join(', ')}${more} ${which} in ${backends.join(' or ')}: none has that name or address`;
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
  const file = mapFileOf(runtime.endpoint, spec.map);
  const denied = file !== undefined && (await keepingOf(file)) === 'denied';
  return [...misleading(layoutOf(spec), entries, place, backends), ...(denied ? [unwritable(file)] : [])];
}
