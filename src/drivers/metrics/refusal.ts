import type { DeploymentSpec } from '../../domain';
import { askedOf } from '../../domain/strategies/asked';
import type { MetricsSource } from './source';

/** Of what time a question is tried out, whatever was measured then. */
const LOOK_MS = 30_000;

/**
 * Why a release can never be judged as its deployment says, like by a query with a mistake in it; undefined: it can, as
 * far as can be told before anything is touched.
 */
export async function whyUnmeasurable(
  source: MetricsSource,
  spec: Pick<DeploymentSpec, 'service' | 'environment' | 'release' | 'analysis' | 'metrics'> &
    Partial<Pick<DeploymentSpec, 'strategy'>>,
  now: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { service, environment, release } = spec;
  const window = { from: new Date(now - LOOK_MS), until: new Date(now) };
  for (const { name, quantity } of askedOf(spec)?.asked ?? []) {
    const question = { service, environment, quantity, group: 'release' as const, versions: release, ...window };
    const why = await source.refusal(question, signal);
    if (why !== undefined) return `${name} can't be measured: ${why}`;
  }
  return undefined;
}
