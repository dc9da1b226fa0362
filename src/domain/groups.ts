import type { Instance } from './instance';
import type { GroupsSpec } from './spec';

/** What those are called whose label names none of the groups. */
export const OTHERS = 'others';

/** Names of the groups in their order, and the ordinal before which each ends; the last one has no end. */
export interface GroupRanges {
  names: string[];
  ends: number[];
}

/** The place of an instance's group; those of other values come last, together. */
export function groupPlace({ by, order }: GroupsSpec, { labels }: Pick<Instance, 'labels'>): number {
  const place = order.indexOf(labels[by] ?? '');
  return place < 0 ? order.length : place;
}

/** The name of an instance's group. */
export function groupNameOf(spec: GroupsSpec, instance: Pick<Instance, 'labels'>): string {
  return spec.order[groupPlace(spec, instance)] ?? OTHERS;
}

/** The groups of members that stand in the order of their groups; groups without any are left out. */
export function rangesOf(spec: GroupsSpec, members: readonly Pick<Instance, 'labels'>[]): GroupRanges {
  const names: string[] = [];
  const ends: number[] = [];
  let last = -1;
  for (const [ordinal, member] of members.entries()) {
    const place = groupPlace(spec, member);
    if (place !== last) {
      names.push(spec.order[place] ?? OTHERS);
      ends.push(ordinal);
      last = place;
    }
    ends[ends.length - 1] = ordinal + 1;
  }
  return { names, ends };
}

/** The group of an ordinal; whoever joined later is of the last one. */
export function groupAt({ ends }: Pick<GroupRanges, 'ends'>, ordinal: number): number {
  const found = ends.findIndex((end) => ordinal < end);
  return found < 0 ? ends.length - 1 : found;
}
