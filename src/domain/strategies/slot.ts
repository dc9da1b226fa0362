import type { Instance } from '../instance';
import type { BlueGreenStrategy, DeploymentSpec } from '../spec';
import { CANARY, hasRouter, STABLE, type Routing } from '../traffic';

/** Where requests of what ran before go, and where those of the release. */
export interface Sides {
  before: string;
  release: string;
}

/** The group that an instance belongs to for good; undefined: none tells. */
export function slotOf(
  { slotLabel, slots }: Pick<BlueGreenStrategy, 'slotLabel' | 'slots'>,
  { name, labels }: Pick<Instance, 'name' | 'labels'>,
): string | undefined {
  if (slots === undefined) return labels[slotLabel];
  return Object.keys(slots).find((slot) => slots[slot]?.includes(name));
}

/** The groups that a deployment moves instances and requests between; none: nothing can be told. */
export function groupsOf(
  { strategy, traffic }: Pick<DeploymentSpec, 'strategy' | 'traffic'>,
  instances: readonly Instance[],
): string[] {
  if (!hasRouter(traffic)) return [];
  switch (strategy.kind) {
    case 'rolling':
      return [STABLE];
    case 'canary':
    case 'experiment':
      return [STABLE, CANARY];
    case 'blue_green':
      return [...new Set(instances.flatMap((instance) => slotOf(strategy, instance) ?? []))].sort();
    case 'feature_flags':
      return [];
  }
}

/**
 * The group that an instance is put into when it is good again.
 * @param settled the release is what is stable by now
 */
export function homeOf(
  { strategy }: Pick<DeploymentSpec, 'strategy'>,
  instance: Pick<Instance, 'name' | 'labels'>,
  { towards, settled }: { towards: 'release' | 'snapshot'; settled: boolean },
): string {
  if (strategy.kind === 'blue_green') return slotOf(strategy, instance) ?? STABLE;
  const inPlace = strategy.kind === 'canary' || strategy.kind === 'experiment';
  return inPlace && towards === 'release' && !settled ? CANARY : STABLE;
}

/** Which requests go where beside the shares. */
export function routingOf({ strategy }: Pick<DeploymentSpec, 'strategy'>): Routing {
  if (strategy.kind !== 'canary' && strategy.kind !== 'experiment') return { match: [] };
  const { match, sticky } = strategy;
  return { match, ...(sticky === undefined ? {} : { sticky }) };
}
