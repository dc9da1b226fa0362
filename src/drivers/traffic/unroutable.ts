import type { DeploymentSpec, Instance } from '../../domain';
import { groupsOf, routingOf, slotOf, type Sides } from '../../domain/strategies/slot';
import { CANARY, STABLE, type Split } from '../../domain/traffic';
import { TrafficFault, type TrafficDriver } from './driver';
import type { Routers } from './routers';
import { splitText, within } from './split';

/** Which side is which, and what the release has of the requests already. */
export interface Routed {
  sides?: Sides;
  share: number;
}

/** Why it can't be told where requests go. */
export interface Unroutable {
  refused: string;
  /** Nobody answered that: from another machine it may be otherwise. */
  unreached?: true;
}

/** How routers stand before a deployment. */
export type Routable = Routed | Unroutable;

/** What is asked of routers. */
export interface Asked {
  /** It only goes back: whatever the release has of the requests is its business. */
  back: boolean;
  /** The id of the deployment that is in flight: where requests go is its business. */
  inFlight?: string;
  /** The side that a deployment which is undone brought its release to, by the group that has routers of its own. */
  release?: (group: string | undefined) => string | undefined;
}

/**
 * Looks whether the routers of a fleet, or of each of its groups, can serve a deployment, before anything is touched.
 * @param routers absent: nothing is in front of the fleet
 * @returns how they stand, by the name of the group; undefined: of all
 */
export async function routableBy(
  routers: Routers | undefined,
  spec: DeploymentSpec,
  instances: readonly Instance[],
  { release, ...asked }: Asked,
  signal: AbortSignal,
): Promise<Map<string | undefined, Routed> | Unroutable> {
  const parts = routers?.split(instances) ?? new Map([[undefined, [...instances]]]);
  const found = await Promise.all(
    [...parts].map(async ([group, some]) => {
      const side = release?.(group);
      const one = await routable(routers?.in(group), spec, some, { ...asked, ...(side && { release: side }) }, signal);
      return [group, one] as const;
    }),
  );
  const refused = found.flatMap(([group, one]) =>
    'refused' in one ? [group === undefined ? one.refused : `${group}: ${one.refused}`] : [],
  );
  const unreached = found.every(([, one]) => !('refused' in one) || one.unreached);
  if (refused.length > 0) return { refused: refused.join('; '), ...(unreached && { unreached }) };
  return new Map(found as [string | undefined, Routed][]);
}

const NAMED = 5;

async function routable(
  driver: TrafficDriver | undefined,
  spec: DeploymentSpec,
  instances: readonly Instance[],
  { back, inFlight, release }: Pick<Asked, 'back' | 'inFlight'> & { release?: string },
  signal: AbortSignal,
): Promise<Routable> {
  const { strategy } = spec;
  const slotless =
    strategy.kind === 'blue_green' ? instances.filter((each) => slotOf(strategy, each) === undefined) : [];
  if (strategy.kind === 'blue_green' && slotless.length > 0 && !back)
    return { refused: slotlessText(strategy.slotLabel, slotless) };
  if (driver === undefined) return { share: 0 };
  const groups = groupsOf(spec, instances);
  try {
    const inPlace = strategy.kind === 'canary' || strategy.kind === 'experiment';
    const routing = routingOf(spec);
    if (!back && strategy.kind === 'blue_green' && groups.length !== 2) {
      return {
        refused: `blue-green takes two groups, and these instances are of ${groups.join(', ') || 'none'}; label the others`,
      };
    }
    const needed = instances.map((each) => ({ ...each, groups: groupsOf(spec, [each]) }));
    const refused = back ? undefined : await driver.refusal({ groups, instances: needed, routing }, signal);
    if (refused !== undefined) return { refused };
    if (strategy.kind === 'rolling') return { share: 0 };
    const split = await driver.read(signal);
    if (inPlace) return canary(split, back, spec, inFlight);
    return slots(split, groups, release, back);
  } catch (error) {
    if (!(error instanceof TrafficFault)) throw error;
    // Nobody can tell, so it is taken for the worst: going back isn't refused for that.
    if (back && strategy.kind !== 'blue_green') return { sides: { before: STABLE, release: CANARY }, share: 100 };
    return { refused: error.message, ...(error.unreached && { unreached: true }) };
  }
}

function canary(
  split: Split,
  back: boolean,
  { environment, service }: DeploymentSpec,
  inFlight: string | undefined,
): Routable {
  const share = within(split, { [STABLE]: 100 }) ? 0 : (split[CANARY] ?? 0);
  if (share > 0 && !back) {
    const remedy =
      inFlight === undefined
        ? `\`belay rollback ${environment}/${service}\` takes back what an earlier deployment left`
        : `that is ${inFlight}, which is under way: deploy once it has ended`;
    return { refused: `requests are split already (${splitText(split)}); ${remedy}` };
  }
  return { sides: { before: STABLE, release: CANARY }, share };
}

function slots(split: Split, groups: string[], release: string | undefined, back: boolean): Routable {
  const live = Object.keys(split).find((group) => within(split, { [group]: 100 }));
  if (live === undefined)
    return { refused: `no group has all requests (${splitText(split)}): it can't be told which is idle` };
  if (back && release !== undefined) {
    const before = [...groups, ...Object.keys(split)].find((group) => group !== release) ?? live;
    return { sides: { before, release }, share: live === release ? 100 : 0 };
  }
  const idle = groups.find((group) => group !== live);
  if (!groups.includes(live) || idle === undefined) {
    return { refused: `${live} has all requests, and these instances are of ${groups.join(' and ')}` };
  }
  return { sides: { before: live, release: idle }, share: 0 };
}

function slotlessText(label: string, instances: readonly Instance[]): string {
  const names = instances.slice(0, NAMED).map(({ name }) => name);
  const more = instances.length > NAMED ? `, and ${instances.length - NAMED} more` : '';
  const one = instances.length === 1;
  return `${names.join(', ')}${more} ${one ? 'has' : 'have'} no label ${label}, which tells the group; add it, or write strategy.slots`;
}
