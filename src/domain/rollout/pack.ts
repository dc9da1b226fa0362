import { nothingDelivered } from './delivery';
import { Members, type PackedMembers } from './members';
import { nothingMeasured, type RolloutData, type RolloutState } from './state';

/** What earlier versions didn't pack. */
type Later = 'analysis' | 'delivery' | 'grouping';

/** A rollout's state as plain JSON: under 64 KiB with 10,000 members. */
export interface PackedRollout {
  data: Omit<RolloutData, Later> & Partial<Pick<RolloutData, Later>>;
  members: PackedMembers;
}

export function packRollout(state: RolloutState): PackedRollout {
  const { members, ...data } = state;
  return { data, members: members.pack() };
}

export function unpackRollout(packed: PackedRollout): RolloutState {
  const { data, members } = packed;
  return {
    ...data,
    analysis: data.analysis ?? nothingMeasured(),
    delivery: data.delivery ?? nothingDelivered(true),
    grouping: data.grouping ?? null,
    members: Members.unpack(members),
  };
}
