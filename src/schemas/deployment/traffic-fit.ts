import { isName, NAME_RULE, nearest } from '../../domain/names';
import type { Strategy } from '../../domain';
import { CANARY, GROUP, hasRouter, STABLE, type TrafficSpec } from '../../domain/traffic';

/** Something that doesn't fit, and where in a deployment.yaml it stands. */
export interface Fault {
  path: PropertyKey[];
  message: string;
}

const ROUTER = 'write traffic: { type: haproxy, … } or { type: command, … }';

/**
 * What a strategy needs of what is in front of the fleet, and doesn't find there.
 * @param traffic undefined: nobody said it
 * @param simulated whether it is a rehearsal, which may have no router where it says so
 * @param groups names of those that go one after another; undefined: all instances are one
 */
export function trafficFaults(
  strategy: Strategy,
  traffic: TrafficSpec | undefined,
  { simulated, groups }: { simulated: boolean; groups: readonly string[] | undefined },
): Fault[] {
  if (simulated && traffic?.kind === 'nop') return [];
  return [...strategyFaults(strategy, traffic), ...groupFaults(strategy, traffic, groups)];
}

/** Shares of requests are of a group where that has routers, or at least a map, of its own. */
function groupFaults(
  { kind }: Strategy,
  traffic: TrafficSpec | undefined,
  groups: readonly string[] | undefined,
): Fault[] {
  if (traffic === undefined || !hasRouter(traffic)) return [];
  const isNamed = JSON.stringify(traffic).includes(GROUP);
  // They become words of commands.
  const odd = isNamed && groups ? groups.findIndex((each) => !isName(each)) : -1;
  if (odd >= 0) {
    const message = `is ${JSON.stringify(groups?.[odd])}, and stands for ${GROUP} in traffic; ${NAME_RULE}`;
    return [{ path: ['groups', 'order', odd], message }];
  }
  if (groups === undefined) {
    if (!isNamed) return [];
    const message = `names ${GROUP}, and there are no groups; write groups: { by: region, order: [eu, us] }, or names without it`;
    return [{ path: ['traffic'], message }];
  }
  if (kind !== 'canary' && kind !== 'blue_green') return [];
  const named = (texts: readonly string[]) => texts.some((text) => text.includes(GROUP));
  if (traffic.kind === 'haproxy') {
    const { endpoints, map } = traffic;
    if (named([map]) || endpoints.every((endpoint) => named([endpoint]))) return [];
    const message = `are the same for all groups, and each has its requests split by itself; write ${GROUP} where the name of the group is to stand, like unix:/run/haproxy/${GROUP}.sock, or a map for each: /etc/haproxy/${GROUP}.map`;
    return [{ path: ['traffic', 'endpoints'], message }];
  }
  if (traffic.kind !== 'command') return [];
  const { shift, read, env } = traffic;
  if (named(Object.values(env)) || (named(shift) && named(read))) return [];
  const message = `can't tell whose requests they are; write ${GROUP} where the name of the group is to stand, like [./traffic.sh, shift, "${GROUP}"], or in traffic.env`;
  return [{ path: ['traffic', named(shift) ? 'read' : 'shift'], message }];
}

function strategyFaults(strategy: Strategy, traffic: TrafficSpec | undefined): Fault[] {
  switch (strategy.kind) {
    case 'rolling':
      return missingBackends([STABLE], traffic);
    case 'canary':
      return [...routedFaults(strategy, traffic), ...missingBackends([STABLE, CANARY], traffic)];
    case 'experiment':
      return [...toldApartFaults(strategy, traffic), ...missingBackends([STABLE, CANARY], traffic)];
    case 'blue_green':
      return hasRouter(traffic) ? slotFaults(strategy, traffic) : [switchFault(traffic)];
    case 'feature_flags':
      return [];
  }
}

function switchFault(traffic: TrafficSpec | undefined): Fault {
  const said = traffic === undefined ? 'is missing' : `is ${traffic.kind}`;
  return {
    path: traffic === undefined ? ['traffic'] : ['traffic', 'type'],
    message: `${said}, and blue_green switches requests from one group to the other; ${ROUTER}`,
  };
}

type Of<Kind> = Extract<Strategy, { kind: Kind }>;

/** Without a router, each instance that runs the release gets its share of the requests. */
function routedFaults(strategy: Of<'canary'>, traffic: TrafficSpec | undefined): Fault[] {
  const faults = toldApartFaults(strategy, traffic);
  if (hasRouter(traffic) || strategy.steps.every(({ kind }) => kind !== 'update')) return faults;
  const message = `have an update, of instances that get no requests yet, and nothing here keeps requests from them; write { type: traffic, weight: … } in its place, or ${ROUTER.slice('write '.length)}`;
  return [...faults, { path: ['strategy', 'steps'], message }];
}

function toldApartFaults(
  { match, sticky }: Of<'canary'> | Of<'experiment'>,
  traffic: TrafficSpec | undefined,
): Fault[] {
  if (hasRouter(traffic)) return [];
  const faults: Fault[] = [];
  const add = (path: PropertyKey[], message: string) => faults.push({ path: ['strategy', ...path], message });
  if (match.length > 0) add(['match'], `needs something that can tell requests apart; ${ROUTER}`);
  if (sticky !== undefined) add(['sticky'], `needs something that can tell users apart; ${ROUTER}`);
  return faults;
}

function missingBackends(groups: string[], traffic: TrafficSpec | undefined): Fault[] {
  if (traffic?.kind !== 'haproxy') return [];
  const { backends } = traffic;
  return groups
    .filter((group) => !Object.hasOwn(backends, group))
    .map((group) => {
      const written = Object.keys(backends).find((each) => nearest(each, [group]) !== undefined);
      const meant = written === undefined ? '' : ` in place of ${written}`;
      const message = `has no ${group}, the backend of ${group === STABLE ? 'what ran before' : 'the release'}; write { ${group}: … }${meant}`;
      return { path: ['traffic', 'backends'], message };
    });
}

function slotFaults({ slots }: Of<'blue_green'>, traffic: TrafficSpec | undefined): Fault[] {
  if (traffic?.kind !== 'haproxy') return [];
  const names = Object.keys(traffic.backends);
  const path = ['traffic', 'backends'];
  const wanted = slots === undefined ? undefined : Object.keys(slots);
  if (wanted === undefined) {
    if (names.length === 2) return [];
    const message = `has ${names.length}, and blue_green has two groups; write a backend for each, like { blue: web_blue, green: web_green }`;
    return [{ path, message }];
  }
  const fit = names.length === wanted.length && wanted.every((each) => names.includes(each));
  if (fit) return [];
  const message = `are of ${names.join(', ') || 'nobody'}, and the groups are ${wanted.join(', ')}; write a backend for each of them, and no others`;
  return [{ path, message }];
}
