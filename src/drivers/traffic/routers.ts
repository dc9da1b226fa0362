import type { DeploymentSpec, Instance } from '../../domain';
import { groupNameOf } from '../../domain/groups';
import { hasRouter, isByGroup, trafficOf, type TrafficSpec } from '../../domain/traffic';
import type { TrafficDriver } from './driver';

type Labelled = Pick<Instance, 'labels'>;

/** What is in front of a fleet: the same for all instances, or routers of each group's own. */
export class Routers {
  private readonly kept = new Map<string | undefined, TrafficDriver>();

  private constructor(
    private readonly traffic: TrafficSpec,
    /** Absent: all groups have the same. */
    private readonly groups: DeploymentSpec['groups'],
    private readonly make: (traffic: TrafficSpec) => TrafficDriver,
  ) {}

  /** Undefined: nothing is there that could be told where requests go. */
  static of(spec: DeploymentSpec, make: (traffic: TrafficSpec) => TrafficDriver): Routers | undefined {
    const { traffic } = spec;
    if (traffic === undefined || !hasRouter(traffic)) return undefined;
    return new Routers(traffic, isByGroup(spec) ? spec.groups : undefined, make);
  }

  /** The group whose routers send requests to an instance; undefined: those of all do. */
  groupOf(instance: Labelled): string | undefined {
    return this.groups && groupNameOf(this.groups, instance);
  }

  /** Instances by the group whose routers send requests to them, in the order of the groups. */
  split<Each extends Labelled>(instances: readonly Each[]): Map<string | undefined, Each[]> {
    const { groups } = this;
    if (groups === undefined) return new Map([[undefined, [...instances]]]);
    const found = new Map<string, Each[]>();
    for (const each of instances) {
      const name = groupNameOf(groups, each);
      const some = found.get(name);
      if (some === undefined) found.set(name, [each]);
      else some.push(each);
    }
    const order = [...groups.order, ...found.keys()];
    return new Map([...found].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
  }

  /** The driver of a group, as `groupOf` names it. */
  in(group: string | undefined): TrafficDriver {
    const known = this.kept.get(group) ?? this.make(trafficOf(this.traffic, group));
    this.kept.set(group, known);
    return known;
  }

  /** The driver of what sends requests to an instance. */
  to(instance: Labelled): TrafficDriver {
    return this.in(this.groupOf(instance));
  }
}
