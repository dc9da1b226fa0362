import type { BlueGreenStrategy, DeploymentSpec, GroupsSpec, Instance } from '../domain';
import { suggestion } from '../domain/names';
import type { Path } from './node';

export interface Misfit {
  path: Path;
  message: string;
}

/** Where the groups that a spec names are not those of its fleet. */
export function groupMisfits(spec: DeploymentSpec, instances: Instance[]): Misfit[] {
  const { strategy, groups } = spec;
  // That nobody is there is told by itself.
  if (instances.length === 0) return [];
  return [
    ...(groups === undefined ? [] : groupsMisfits(groups, instances)),
    ...(strategy.kind === 'blue_green' ? slotMisfits(spec, strategy, instances) : []),
  ];
}

/** Instances of no group come last, together: where all of them do, the label is misspelt. */
function groupsMisfits({ by, order }: GroupsSpec, instances: Instance[]): Misfit[] {
  const found = new Set(instances.flatMap(({ labels }) => (Object.hasOwn(labels, by) ? [labels[by] ?? ''] : [])));
  if (found.size > 0) return emptyGroups(by, order, found);
  const known = [...new Set(instances.flatMap(({ labels }) => Object.keys(labels)))];
  const right = suggestion(by, known) || (known.length === 0 ? 'they carry none' : `known are ${known.join(', ')}`);
  const message = `groups.by is ${JSON.stringify(by)}, a label that no instance of the fleet carries; ${right}`;
  return [{ path: ['groups', 'by'], message }];
}

/** A group that nobody is in is misspelt where some are in none: those that were meant would come last. Else it is only empty. */
function emptyGroups(by: string, order: readonly string[], found: Set<string>): Misfit[] {
  if ([...found].every((value) => order.includes(value))) return [];
  return order.flatMap((value, i) => {
    if (found.has(value)) return [];
    const right = suggestion(value, found) || `it has ${[...found].sort().join(', ')}`;
    const message = `groups.order names ${JSON.stringify(value)}, a ${by} that no instance of the fleet has; ${right}`;
    return [{ path: ['groups', 'order', i], message }];
  });
}

function slotMisfits(spec: DeploymentSpec, strategy: BlueGreenStrategy, instances: Instance[]): Misfit[] {
  const taking = instances.filter(({ name }) => !spec.selection.exclude.includes(name));
  return strategy.slots === undefined
    ? labelMisfits(spec, strategy.slotLabel, taking)
    : listMisfits(strategy.slots, instances, taking);
}

/** The two groups that a label tells. */
function labelMisfits({ traffic }: DeploymentSpec, label: string, taking: Instance[]): Misfit[] {
  const path = ['strategy', 'slot_label'];
  const none = taking.filter(({ labels }) => !Object.hasOwn(labels, label));
  if (none.length > 0) {
    const message = `strategy.slot_label is ${label}, and ${namesText(none)} ${none.length === 1 ? 'carries' : 'carry'} no such label; give each instance the label, like "labels": { "${label}": "blue" }, or write strategy.slots`;
    return [{ path, message }];
  }
  const found = [...new Set(taking.map(({ labels }) => labels[label] ?? ''))].sort();
  if (found.length !== 2) {
    const message = `strategy.slot_label is ${label}, of which the fleet has ${found.length === 1 ? 'one value' : `${found.length} values`} (${found.join(', ')}); blue_green needs two groups`;
    return [{ path, message }];
  }
  if (traffic?.kind !== 'haproxy') return [];
  const backends = Object.keys(traffic.backends);
  if (found.every((each) => backends.includes(each))) return [];
  const message = `traffic.backends are of ${backends.join(', ')}, and the groups of the fleet are ${found.join(', ')}; write a backend for each of them`;
  return [{ path: ['traffic', 'backends'], message }];
}

/** The two groups that are listed. */
function listMisfits(slots: Record<string, string[]>, instances: Instance[], taking: Instance[]): Misfit[] {
  const names = new Set(instances.map(({ name }) => name));
  const listed = new Set(Object.values(slots).flat());
  const unknown = Object.entries(slots).flatMap(([slot, members]) =>
    members.flatMap((member, i): Misfit[] => {
      if (names.has(member)) return [];
      const right = suggestion(member, names) || 'name one that it lists';
      const message = `strategy.slots.${slot} names ${JSON.stringify(member)}, which the fleet doesn't have; ${right}`;
      return [{ path: ['strategy', 'slots', slot, i], message }];
    }),
  );
  const none = taking.filter(({ name }) => !listed.has(name));
  if (unknown.length > 0 || none.length === 0) return unknown;
  const message = `strategy.slots leaves out ${namesText(none)}; put each into a group, or exclude it from the fleet`;
  return [{ path: ['strategy', 'slots'], message }];
}

function namesText(instances: Instance[]): string {
  const names = instances.slice(0, 5).map(({ name }) => name);
  return instances.length > 5 ? `${names.join(', ')}, and ${instances.length - 5} more` : names.join(', ');
}
