import type { ActivityDependencies } from './activities/dependencies';
import type { DeploymentSpec } from './domain';
import { askedOf } from './domain/strategies/asked';
import { createMetricsSource } from './drivers/metrics/create';
import { whyUnmeasurable } from './drivers/metrics/refusal';
import type { MeasurementStore } from './store/measurements';

/** Who measures the instances of a deployment; heartbeats are looked up where Belay keeps them. */
export function metricsOn(store: Pick<MeasurementStore, 'measuredByMembers'>): ActivityDependencies['metrics'] {
  return (spec, generation) =>
    createMetricsSource(spec, {
      measuredByAgents: (metric, question) => store.measuredByMembers(metric, { generation, ...question }),
    });
}

/** Why the release of a deployment could never be judged, as asked from this process; undefined: it could. */
export async function unmeasurableHere(spec: DeploymentSpec): Promise<string | undefined> {
  const asked = askedOf(spec);
  if (asked === undefined) return undefined;
  const source = createMetricsSource(asked.source, { measuredByAgents: async () => [] });
  return whyUnmeasurable(source, spec, Date.now(), new AbortController().signal);
}
