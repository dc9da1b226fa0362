import type { GroupRanges } from '../groups';
import { startWatch } from './analysis';
import type { RolloutCommand } from './command';
import { NOTHING_SHARED, type Shared } from './delivery';
import { notPrepared, steadyOf, wait, wholeWay, type RolloutSetup, type RolloutState, type WayBack } from './state';

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
  /**
   * What the routers of each group were told, where they have their own; what the one under way was told is in the
   * delivery. Absent: all groups have the same.
   */
  shares?: Shared[];
  /** The last one that was begun. Absent: the one under way. */
  reached?: number;
}

/** Where the first group stands, on the way back alone the last one; null: all instances are one. */
export function firstGroup({ mode, policy, shared }: RolloutSetup, members: RolloutState['members']): Grouping | null {
  const { groups } = policy;
  const routed = policy.routed === 'by_group';
  if (groups === undefined || groups.names.length === 0 || (mode === 'rollback' && !routed)) return null;
  const at = mode === 'rollback' ? groups.names.length - 1 : 0;
  const shares = groups.names.map((name): Shared => ({ ...NOTHING_SHARED, ...shared?.groups?.[name] }));
  const [from, until] = spanOf(groups, at);
  if (routed) members.focus(from, until);
  return {
    at,
    batchesBefore: 0,
    size: sizeBetween(members, from, until),
    baked: false,
    approved: false,
    ...(routed && { shares }),
  };
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
  members.open(spanOf(groups, at)[1]);
  turnTo(state, at);
  Object.assign(grouping, { batchesBefore: batchNumber, baked: false, approved: false, reached: at });
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

/** Makes a group the one under way: what its routers were told, and who is counted. */
function turnTo(state: RolloutState, at: number): void {
  const { policy, grouping, members, delivery } = state;
  if (!policy.groups || !grouping) return;
  const [from, until] = spanOf(policy.groups, at);
  if (grouping.shares) {
    const { weight, exposed, settling, settled } = delivery;
    grouping.shares[grouping.at] = { weight, exposed, settling, settled };
    Object.assign(delivery, grouping.shares[at] ?? NOTHING_SHARED);
    // A share that was told of there is news here.
    delete delivery.hooked.pre_traffic;
    delete delivery.hooked.post_traffic;
    members.focus(from, until);
  }
  grouping.at = at;
  grouping.size = sizeBetween(members, from, until);
}

/**
 * Turns to the first group that goes back, and answers with those that follow: the last that was begun first. Groups
 * whose requests are only switched come before those whose instances are restored. None where all groups go as one.
 */
export function backOrder(state: RolloutState): number[] {
  const { policy, grouping, delivery } = state;
  if (!grouping?.shares) return [];
  const begun = 1 + (grouping.reached ?? grouping.at);
  const order = Array.from({ length: begun }, (_, index) => begun - 1 - index);
  if (policy.sides === 'slots') {
    const { shares } = grouping;
    const exposed = (at: number) => (at === grouping.at ? delivery : shares[at])?.exposed ?? 0;
    order.sort((a, b) => Number(exposed(b) > 0) - Number(exposed(a) > 0));
  }
  const [first = 0, ...others] = order;
  turnTo(state, first);
  return others;
}

/** Turns to the next group on the way back; whether there is one. */
export function previousGroup(state: RolloutState, back: WayBack, commands: RolloutCommand[]): boolean {
  const [at, ...groups] = back.groups ?? [];
  if (at === undefined) return false;
  turnTo(state, at);
  back.groups = groups;
  if (back.which !== 'failed') back.which = wholeWay(state);
  back.pass = 'failed';
  back.position = state.members.total - 1;
  back.steady = steadyOf(state);
  back.gaveUp = back.gaveUp.filter((kind) => kind !== 'shift' && kind !== 'settle');
  delete back.lastTried;
  const name = state.policy.groups?.names[at] ?? '';
  if (back.which !== 'failed') commands.push({ kind: 'log', entry: { type: 'group_goes_back', reason: name } });
  return true;
}

/** Whose routers an act is for; empty: those of all. */
export function ofGroup({ policy: { groups }, grouping }: RolloutState): { group?: string } {
  const group = grouping?.shares && groups?.names[grouping.at];
  return group === undefined ? {} : { group };
}

/** `eu: ` where each group has routers of its own. */
export function routedPrefix(state: RolloutState): string {
  const { group } = ofGroup(state);
  return group === undefined ? '' : `${group}: `;
}

/** Whether routers anywhere were told of the release, and it isn't what is stable there. */
export function isShared({ delivery, grouping }: RolloutState): boolean {
  const shares = (grouping?.shares ?? []).filter((_, at) => at !== grouping?.at);
  return [delivery, ...shares].some(({ weight, settled }) => weight !== null && !settled);
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
    const [from, until] = spanOf(groups, grouping.at + 1 + later);
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

/** From which ordinal to before which a group is; the last one has no end. */
function spanOf({ names, ends }: GroupRanges, at: number): [from: number, until: number] {
  return [ends[at - 1] ?? 0, at + 1 < names.length ? (ends[at] ?? Infinity) : Infinity];
}

function sizeBetween(members: RolloutState['members'], from: number, until: number): number {
  let size = 0;
  for (let ordinal = from; ordinal < Math.min(until, members.total); ordinal++)
    if (members.phase(ordinal) !== 'excluded') size++;
  return size;
}

function waitingBetween(members: RolloutState['members'], from: number, until: number): number {
  let waiting = 0;
  for (let ordinal = from; ordinal < Math.min(until, members.total); ordinal++)
    if (members.phase(ordinal) === 'waiting') waiting++;
  return waiting;
}
