import { Members, type PackedMembers } from './members';
import type { RolloutData, RolloutState } from './state';

/** A rollout's state as plain JSON: under 64 KiB with 10,000 members. */
export interface PackedRollout {
  data: RolloutData;
  members: PackedMembers;
}

export function packRollout(state: RolloutState): PackedRollout {
  const { members, ...data } = state;
  return { data, members: members.pack() };
}

export function unpackRollout(packed: PackedRollout): RolloutState {
  return { ...packed.data, members: Members.unpack(packed.members) };
}
