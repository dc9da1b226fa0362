import { probeFleet } from './probe';
import type { DeploymentSpec, Instance } from './domain';
import { fleetKey } from './domain/fleet';
import { buildPlan, excludedNames, orderMembers, type Plan } from './domain/plan';
import type { Store } from './store';

/** What a deployment would do now, by what is known where Belay runs. */
export function plannerOn(store: Store): (spec: DeploymentSpec, instances: Instance[]) => Promise<Plan> {
  return async (spec, instances) => {
    const members = orderMembers(spec, instances);
    const names = members.map((member) => member.name);
    const { environment, service } = spec;
    const [probes, recorded, freezes] = await Promise.all([
      probeFleet(spec, members, (asked) => store.agentReports(asked)),
      store.recorded(fleetKey(spec.fleet), names),
      store.freezesInForce({ environment, service }),
    ]);
    return buildPlan({
      spec,
      members,
      probes,
      recorded,
      excluded: excludedNames(spec, instances),
      freezes,
      isFreezeOverridden: false,
    });
  };
}
