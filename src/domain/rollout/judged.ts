import { groupAt } from '../groups';
import type { Phase } from './phase';
import type { RolloutState } from './state';

/** Whose measure counts: of groups, that of the one under way, wherever the others are. */
export function judgedGroup({ policy: { groups }, grouping }: RolloutState): { fleetGroup?: string } {
  const name = grouping === null ? undefined : groups?.names[grouping.at];
  return name === undefined ? {} : { fleetGroup: name };
}

/** Whether any of those whose measure counts runs the release since it was changed. */
export function isAnyJudged(state: RolloutState): boolean {
  return judgedIn(state, 'good').length > 0;
}

/** Whether any of those still runs what was before. A joiner has its turn with the last group, whatever its own is. */
export function isAnyBeside(state: RolloutState): boolean {
  const { grouping, members } = state;
  return judgedIn(state, 'pending').some((ordinal) => grouping === null || ordinal < members.initial);
}

function judgedIn({ policy: { groups }, grouping, members }: RolloutState, phase: Phase): number[] {
  const all = members.in(phase);
  return groups && grouping ? all.filter((ordinal) => groupAt(groups, ordinal) === grouping.at) : all;
}
