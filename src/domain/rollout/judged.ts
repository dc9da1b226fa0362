import { groupAt } from '../groups';
import type { Phase } from './phase';
import type { RolloutState } from './state';

/** Whose measure counts: of groups, that of the one under way, wherever the others are. */
export function judgedGroup({ policy: { groups }, grouping }: RolloutState): { fleetGroup?: string } {
  const name = grouping === null ? undefined : groups?.names[grouping.at];
  return name === undefined ? {} : { fleetGroup: name };
}

/** How many of those whose measure counts are in a phase. */
export function judgedIn(state: RolloutState, phase: Phase): number {
  const { policy, grouping, members } = state;
  const { groups } = policy;
  if (!groups || !grouping) return members.number(phase);
  return members.in(phase).filter((ordinal) => groupAt(groups, ordinal) === grouping.at).length;
}
