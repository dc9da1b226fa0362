/** The answer of a read of the fleet, as it was first recorded. */
export interface MembershipRead {
  joined: MembershipJoiner[];
  left: number[];
  /** Had left and are listed again; absent: nobody. */
  returned?: MembershipJoiner[];
}

interface MembershipJoiner {
  ordinal: number;
  state: 'pending' | 'unchanged' | 'unreachable';
}
