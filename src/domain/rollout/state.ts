import type { VerdictKind } from '../analysis';
import type { ListedFailure, Status, TerminalStatus } from '../status';
import type { Shown } from '../experiment/shown';
import { exceeds, sizeOf } from '../size';
import { nothingDelivered, type Delivery, type Shared } from './delivery';
import type { Phase } from './phase';
import type { Act } from './stage';
import { backOrder, firstGroup, type Grouping } from './grouping';
import { Members } from './members';
import { MAX_IN_FLIGHT, type RolloutPolicy } from './policy';

/** What a rollout is made from. */
export interface RolloutSetup {
  /** `rollback`: it has no way forward; every member goes back to a snapshot of an earlier deployment. */
  mode: 'forward' | 'rollback';
  generation: number;
  policy: RolloutPolicy;
  /** `MEMBER` bits, one byte per ordinal. */
  members: Uint8Array;
  /** What of the requests the release has already, and whether flags are set, for one that only goes back. Absent: nobody knows of any. */
  shared?: Partial<Pick<Delivery, 'weight' | 'exposed' | 'flagged'>> & {
    /** Of each group, by its name, where those have routers of their own. */
    groups?: Record<string, Partial<Shared>>;
  };
}

/** Why nothing new starts, and what follows once nothing is in flight. A greater rank overrules a lesser one. */
export interface Stop {
  cause:
    | 'pause'
    | 'threshold'
    | 'analysis'
    | 'traffic'
    | 'hook'
    | 'flags'
    | 'rejected'
    | 'approval_timeout'
    | 'deadline'
    | 'rollback'
    | 'cancel'
    | 'abort';
  reason: string;
}

/** A wait between steps; times in ms since the epoch. */
export type Wait =
  | {
      kind: 'pause_between' | 'bake' | 'keep' | 'approval' | 'calendar' | 'group_bake' | 'group_approval';
      since: number;
      until?: number;
    }
  | Watch;

/** What was changed is watched: measured again and again, at last over the whole time. */
export interface Watch {
  kind: 'analyze';
  since: number;
  until: number;
  /** When the next measurement is due, and since when it measures. */
  next: number;
  from: number;
  /** The measurement that is asked for, and whether it is over the whole time. */
  asked: { number: number; whole: boolean } | null;
  /** It is an experiment's, measured so often. Absent: an analysis'. */
  everyMs?: number;
}

/** A measurement that failed: what a person looks for afterwards. */
export interface Violation {
  at: number;
  reason: string;
}

/** The batch that is running. */
export interface Batch {
  /** How many more it may start; null: all that are pending (a window). */
  left: number | null;
  concurrency: number;
}

/** The way back: which members, how many at a time, and how it ends. */
export interface WayBack {
  /** `none`: instances stay, only requests go back. */
  which: 'touched' | 'failed' | 'none';
  final: TerminalStatus;
  concurrency: number;
  /** Failed ones are gone through first, then the others; the position falls. */
  pass: 'failed' | 'others';
  position: number;
  /** Groups that go back after the one that does now. Absent: none. */
  groups?: number[];
  /** How many of those that serve were never touched; absent: nobody counted. */
  steady?: number;
  /** Requests that could not be taken away at first were asked for once more. */
  lastTried?: true;
  /** What was asked for and couldn't be done. */
  gaveUp: Act['kind'][];
}

/** All but the members: plain JSON, carried over when the workflow continues as new. */
export interface RolloutData {
  mode: 'forward' | 'rollback';
  generation: number;
  rollbackGeneration: number | null;
  policy: RolloutPolicy;
  status: Status;
  reason: string | null;
  endedAt: number | null;
  /** Members that count for percents: those of the snapshot and the joiners. */
  targeted: number;
  /** Grows with every accepted `retry`, and when one that left has its turn again, so that a repeated change is told from a new one. */
  round: number;
  batchNumber: number;
  largestBatch: number;
  batch: Batch | null;
  /** Where the search for the next pending member goes on. */
  cursor: number;
  /** What is done already before the next batch. */
  prepared: { waited: boolean; approved: boolean; read: boolean; swept: boolean };
  /** What is done already after the last batch. */
  closing: { baked: boolean; read: boolean; swept: boolean };
  /** What was asked for and isn't answered. */
  asked: { membership: boolean; sweep: boolean; generation: boolean };
  wait: Wait | null;
  stop: Stop | null;
  pausedSince: number | null;
  back: WayBack | null;
  patrol: boolean;
  hold: boolean;
  /** Time that counts towards the deadline: spent, and since when it runs. */
  clock: { spentMs: number; since: number | null };
  failures: (ListedFailure & { ordinal: number })[];
  analysis: AnalysisState;
  delivery: Delivery;
  /** How far the groups are; null: all instances are one. */
  grouping: Grouping | null;
  /** Absent: there is none, or it hasn't begun. */
  experiment?: ExperimentState;
}

/** An experiment: from when to when it is measured, and what it has shown so far. A pause takes nothing from it. */
export interface ExperimentState {
  since: number;
  until: number;
  shown: Shown | null;
}

/** What was measured so far. */
export interface AnalysisState {
  /** Measurements that were asked for. */
  measured: number;
  /** What was changed last is judged. */
  done: boolean;
  /** Failed measurements, in all and since the last that passed. */
  total: number;
  consecutive: number;
  /** The last verdict, in words. */
  last: { kind: VerdictKind; text: string } | null;
  /** The first of them. */
  violations: Violation[];
}

/** A rollout's whole state. `decide` owns it and updates it in place. */
export interface RolloutState extends RolloutData {
  members: Members;
}

export const LISTED_FAILURES = 50;

export function createRollout(setup: RolloutSetup): RolloutState {
  const members = Members.begin(
    setup.members,
    setup.mode === 'rollback',
    setup.mode === 'forward' ? setup.policy.groups?.ends : undefined,
  );
  const targeted = members.total - members.number('excluded');
  const { groups: _, ...ofAll } = setup.shared ?? {};
  const grouping = firstGroup(setup, members);
  const state: RolloutState = {
    mode: setup.mode,
    generation: setup.generation,
    rollbackGeneration: setup.mode === 'rollback' ? setup.generation : null,
    policy: setup.policy,
    status: 'running',
    reason: null,
    endedAt: null,
    targeted,
    round: 0,
    batchNumber: 0,
    largestBatch: 1,
    batch: null,
    cursor: 0,
    // The snapshot is new: nobody is asked again who is there.
    prepared: { ...notPrepared(), read: true },
    closing: { baked: false, read: false, swept: false },
    asked: { membership: false, sweep: false, generation: false },
    wait: null,
    stop: null,
    pausedSince: null,
    back: null,
    patrol: false,
    hold: false,
    clock: { spentMs: 0, since: null },
    failures: [],
    analysis: nothingMeasured(),
    // Whoever began it has looked at freezes.
    delivery: {
      ...nothingDelivered(setup.policy.calendar !== 'windows'),
      ...ofAll,
      ...(grouping && grouping.shares?.[grouping.at]),
    },
    grouping,
    members,
  };
  if (setup.mode === 'rollback') {
    state.largestBatch = largestPlanned(state);
    startBackAll(state, 'rolled_back');
  }
  return state;
}

export function nothingMeasured(): AnalysisState {
  return { measured: 0, done: false, total: 0, consecutive: 0, last: null, violations: [] };
}

export function notPrepared(): RolloutData['prepared'] {
  return { waited: false, approved: false, read: false, swept: false };
}

/** What was seen before a pause, or before it was closed, is old: who is there and whether the good ones still are is asked again. */
export function lookAgain({ prepared, closing }: RolloutState): void {
  for (const done of [prepared, closing]) {
    done.read = false;
    done.swept = false;
  }
}

/**
 * Sends the rollout back. Failed members go first, the others in reverse order of their first start; one that left
 * or was skipped, and had to be started anew, counts from then on.
 */
export function startBack(state: RolloutState, which: WayBack['which'], final: TerminalStatus): void {
  const asked = state.policy.rollbackBatchSize;
  const size = asked ? sizeOf(asked, state.targeted) : state.largestBatch;
  const groups = backOrder(state);
  state.back = {
    which,
    final,
    concurrency: Math.min(size, MAX_IN_FLIGHT),
    pass: 'failed',
    position: state.members.total - 1,
    steady: steadyOf(state),
    ...(groups.length > 0 && { groups }),
    gaveUp: [],
  };
  state.batch = null;
  state.wait = null;
  state.pausedSince = null;
  if (which !== 'failed') state.status = 'rolling_back';
}

/** Sends all of it back. What another group serves is only switched back to that: nothing was done to it. */
export function startBackAll(state: RolloutState, final: TerminalStatus): void {
  startBack(state, 'touched', final);
  if (state.back) state.back.which = wholeWay(state);
}

/** Which members go back when all of it does. */
export function wholeWay({ policy, delivery }: RolloutState): WayBack['which'] {
  return policy.sides === 'slots' && delivery.exposed > 0 ? 'none' : 'touched';
}

/** Where those stand that nobody has come to yet. */
export const WAITS: readonly Phase[] = ['pending', 'waiting', 'skipped'];

/** Members that nobody touched and that were well: they serve what ran before. */
export function steadyOf({ mode, members, delivery }: RolloutState): number {
  let steady = 0;
  for (let ordinal = 0; ordinal < members.total; ordinal++) {
    const waits = WAITS.includes(members.phase(ordinal));
    if (!waits || !members.isHere(ordinal)) continue;
    if (!members.touched(ordinal) && !members.unhealthy(ordinal) && !members.gone(ordinal)) steady++;
  }
  // A rollback of its own has nobody but those that go back: short of all requests, others had the rest.
  return mode === 'rollback' && delivery.exposed < 100 ? Math.max(1, steady) : steady;
}

export function wait(state: RolloutState, next: Wait): void {
  state.wait = next;
  if (next.kind === 'approval' || next.kind === 'group_approval') state.status = 'awaiting_approval';
}

export function overLimit(state: RolloutState): boolean {
  return exceeds(state.policy.maxFailures, state.members.number('failed'), state.targeted);
}

export function isClosed(state: RolloutState): boolean {
  return state.endedAt !== null;
}

/** Whether nothing is in flight: no change or restore, and no question open. The patrol doesn't count. */
export function isQuiet(state: RolloutState): boolean {
  const { asked, members } = state;
  return (
    members.number('changing') === 0 &&
    members.number('restoring') === 0 &&
    !asked.membership &&
    !asked.sweep &&
    !asked.generation &&
    state.delivery.act === null
  );
}

function largestPlanned(state: RolloutState): number {
  const { batching } = state.policy.strategy;
  const sizes = batching.kind === 'window' ? [batching.size] : batching.sizes;
  return Math.max(1, ...sizes.map((size) => sizeOf(size, state.targeted)));
}
