import type { Check, MetricsSpec } from '../analysis/spec';
import { quantitiesOf } from '../experiment/measured';
import { comparedName } from '../experiment/spec';
import type { DeploymentSpec } from '../spec';

/** What a deployment measures, and by whom. */
export interface Asked {
  source: MetricsSpec;
  asked: Pick<Check, 'name' | 'quantity' | 'min' | 'max'>[];
}

/** Undefined: nothing is measured. */
export function askedOf({
  strategy,
  analysis,
  metrics,
}: Partial<Pick<DeploymentSpec, 'strategy' | 'analysis' | 'metrics'>>): Asked | undefined {
  const source = metrics ?? analysis?.source;
  if (source === undefined) return undefined;
  const compared =
    strategy?.kind === 'experiment'
      ? quantitiesOf(strategy.metric).map((quantity) => ({ name: comparedName(strategy.metric), quantity }))
      : [];
  return { source, asked: [...(analysis?.checks ?? []), ...compared] };
}
