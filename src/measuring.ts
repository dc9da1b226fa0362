import type { ActivityDependencies } from './activities/dependencies';
import type { DeploymentSpec } from './domain';
import { askedOf } from './domain/strategies/asked';
import { createMetricsSource } from './drivers/metrics/create';
import { untold, whyUnmeasurable } from './drivers/metrics/refusal';
import type { MeasurementStore } from './store/measurements';

/** Who measures the instances of a deployment; heartbeats are looked up where Belay keeps them. */
export function metricsOn(store: Pick<MeasurementStore, 'measuredByMembers'>): ActivityDependencies['metrics'] {
  return (spec, generation) =>
    createMetricsSource(spec, {
      measuredByAgents: (metric, question) => store.measuredByMembers(metric, { generation, ...question }),
    });
}

/** Why the release of a deployment could never be judged, and who tells nothing of it now, as asked from this process. */
export async function measurableHere(spec: DeploymentSpec): Promise<{ refusals: string[]; notes: string[] }> {
  const asked = askedOf(spec);
  if (asked === undefined) return { refusals: [], notes: [] };
  const source = createMetricsSource(asked.source, { measuredByAgents: async () => [] });
  const { signal } = new AbortController();
  const why = await whyUnmeasurable(source, spec, Date.now(), signal);
  if (why !== undefined) return { refusals: [why], notes: [] };
  // What instances tell with their heartbeats is known where Belay keeps it.
  const notes = asked.source.kind === 'agent' ? [] : await untold(source, spec, Date.now(), signal);
  return { refusals: [], notes };
}
