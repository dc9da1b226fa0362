import type { DeploymentSpec } from '../spec';
import { hasRouter } from '../traffic';

/**
 * How long after a shift the first measurement begins: requests that were under way then, and what had to warm up, are
 * nobody's measure. 0 where nothing is shifted, or nothing is judged.
 */
export function underWayMs({
  strategy,
  analysis,
  traffic,
}: Pick<DeploymentSpec, 'strategy' | 'analysis' | 'traffic'>): number {
  const shifts = strategy.kind === 'canary' || strategy.kind === 'blue_green' || strategy.kind === 'experiment';
  return shifts && hasRouter(traffic) ? (analysis?.intervalMs ?? 0) : 0;
}
