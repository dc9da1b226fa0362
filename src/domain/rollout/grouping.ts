import { startWatch } from './analysis';
import type { RolloutCommand } from './command';
import { notPrepared, wait, type RolloutState } from './state';

/** How far the groups are. */
export interface Grouping {
  /** The group that is under way. */
  at: number;
  /** Batches that were started before its first. */
  batchesBefore: number;
  /** What percents are taken of: its instances. */
  size: number;
  /** What is done already before the next one. */
  baked: boolean;
  approved: boolean;
}

/** Where the first group stands; undefined: all instances are one. */
export function firstGroup({ policy: { groups }, members }: Pick<RolloutState, 'policy' | 'members'>): Grouping | null {
  if (groups === undefined) return null;
  return { at: 0, batchesBefore: 0, size: sizeBetween(members, 0, groups.ends[0]), baked: false, approved: false };
}

/** Goes on to the next group, one step at a time; whether there is one. */
export function nextGroup(state: RolloutState, now: number, commands: RolloutCommand[]): boolean {
  const { policy, grouping, members, batchNumber } = state;
  const { groups } = policy;
  if (!groups || !grouping || grouping.at + 1 >= groups.names.length) return false;
  if (policy.course === undefined && startWatch(state, now)) return true;
  // Nobody waits for what nothing was done to.
  const changed = batchNumber > grouping.batchesBefore;
  if (changed && groups.bakeMs > 0 && !grouping.baked) {
    wait(state, { kind: 'group_bake', since: now, until: now + groups.bakeMs });
    return true;
  }
  const name = groups.names[grouping.at + 1] ?? '';
  if (changed && groups.approve && !grouping.approved) {
    wait(state, { kind: 'group_approval', since: now });
    commands.push({ kind: 'log', entry: { type: 'approval_requested', reason: `before ${name}` } });
    return true;
  }
  const at = grouping.at + 1;
  const from = groups.ends[grouping.at] ?? 0;
  const until = at + 1 < groups.names.length ? groups.ends[at] : undefined;
  members.open(until ?? Infinity);
  state.grouping = {
    at,
    batchesBefore: batchNumber,
    size: sizeBetween(members, from, until),
    baked: false,
    approved: false,
  };
  state.cursor = 0;
  state.prepared = notPrepared();
  state.delivery.at = 0;
  state.delivery.opened = false;
  commands.push({
    kind: 'log',
    entry: { type: 'group_started', reason: `${name}: group ${at + 1} of ${groups.names.length}` },
  });
  return true;
}

/** Whether another group comes after this one. */
export function hasNextGroup({ policy: { groups }, grouping }: RolloutState): boolean {
  return groups !== undefined && grouping !== null && grouping.at + 1 < groups.names.length;
}

/** The groups whose turn is yet to come: what percents are taken of, and how many wait. */
export function groupsAfter({
  policy: { groups },
  grouping,
  members,
}: RolloutState): { size: number; waiting: number }[] {
  if (!groups || !grouping) return [];
  return groups.names.slice(grouping.at + 1).map((_, later) => {
    const at = grouping.at + 1 + later;
    const from = groups.ends[at - 1] ?? 0;
    const until = at + 1 < groups.names.length ? groups.ends[at] : undefined;
    return { size: sizeBetween(members, from, until), waiting: waitingBetween(members, from, until) };
  });
}

/** What percents of a batch or a share are taken of. */
export function baseOf({ grouping, targeted }: RolloutState): number {
  return grouping?.size ?? targeted;
}

/** `eu: ` while there are groups. */
export function groupPrefix({ policy: { groups }, grouping }: RolloutState): string {
  return groups && grouping ? `${groups.names[grouping.at] ?? ''}: ` : '';
}

function sizeBetween(members: RolloutState['members'], from: number, until = members.total): number {
  let size = 0;
  for (let ordinal = from; ordinal < until; ordinal++) if (members.phase(ordinal) !== 'excluded') size++;
  return size;
}

function waitingBetween(members: RolloutState['members'], from: number, until = members.total): number {
  let waiting = 0;
  for (let ordinal = from; ordinal < until; ordinal++) if (members.phase(ordinal) === 'waiting') waiting++;
  return waiting;
}
