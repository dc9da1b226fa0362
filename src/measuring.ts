import type { ActivityDependencies } from './activities/dependencies';
import type { DeploymentSpec } from './domain';
import { groupNameOf } from './domain/groups';
import { askedOf } from './domain/strategies/asked';
import { createMetricsSource } from './drivers/metrics/create';
import { untold, whyUnmeasurable } from './drivers/metrics/refusal';
import type { FleetGroup } from './drivers/metrics/source';
import type { MemberRow, Store } from './store';

/** Who measures the instances of a deployment; heartbeats are looked up where Belay keeps them. */
export function metricsOn(store: Pick<Store, 'measuredByMembers' | 'members'>): ActivityDependencies['metrics'] {
  return (spec, generation) => {
    let members: Promise<MemberRow[]> | undefined;
    const namesIn = async ({ name, groups }: FleetGroup) => {
      const all = await (members ??= store.members(generation));
      return all.filter((each) => groupNameOf(groups, each) === name).map((each) => each.name);
    };
    return createMetricsSource(spec, {
      measuredByAgents: async (metric, { fleetGroup, ...question }) => {
        const names = fleetGroup && (await namesIn(fleetGroup));
        return store.measuredByMembers(metric, { generation, ...question, ...(names && { names }) });
      },
    });
  };
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
