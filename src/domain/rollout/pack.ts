import { Members, type PackedMembers } from './members';
import { nothingMeasured, type RolloutData, type RolloutState } from './state';

/** A rollout's state as plain JSON: under 64 KiB with 10,000 members. */
export interface PackedRollout {
  data: Omit<RolloutData, 'analysis'> & Partial<Pick<RolloutData, 'analysis'>>;
  members: PackedMembers;
}

export function packRollout(state: RolloutState): PackedRollout {
  const { members, ...data } = state;
  return { data, members: members.pack() };
}

export function unpackRollout(packed: PackedRollout): RolloutState {
  // What an earlier version packed has no analysis.
  const { data, members } = packed;
  return { ...data, analysis: data.analysis ?? nothingMeasured(), members: Members.unpack(members) };
}
