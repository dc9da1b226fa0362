import { foresee } from './foresight';
import { probeFleet } from './probe';
import type { Deploying } from './api/deploying';
import type { PlannedFreeze } from './domain/calendar/planned-freeze';
import { fleetKey } from './domain/fleet';
import { buildPlan, excludedNames, orderMembers } from './domain/plan';
import type { Store } from './store';

/** What a deployment would do now, by what is known where Belay runs. */
export function plannerOn(store: Store, planned: readonly PlannedFreeze[] = []): Deploying['plan'] {
  return async (spec, instances, overrideFreeze) => {
    const members = orderMembers(spec, instances);
    const names = members.map((member) => member.name);
    const { environment, service } = spec;
    const earlier = await store.earlier({ environment, service }, spec.driver.kind);
    const flags = async (of: string) => (await store.flags({ environments: [of] })).map(({ key }) => key);
    const [probes, recorded, freezes, foreseen] = await Promise.all([
      probeFleet(spec, members, (asked) => store.agentReports(asked)),
      store.recorded(fleetKey(spec.fleet), names),
      store.freezesInForce({ environment, service }),
      foresee(spec, members, { flags, inFlight: earlier.inFlight }),
    ]);
    return buildPlan({
      spec,
      members,
      probes,
      recorded,
      ...earlier,
      excluded: excludedNames(spec, instances),
      freezes,
      calendar: { freezes: planned, now: Date.now() },
      foreseen,
      isFreezeOverridden: overrideFreeze !== undefined,
    });
  };
}
