import type { ChangeOutcome, Degradation, RestoreOutcome, StatusDocument } from '../domain';
import type { Verdict } from '../domain/analysis';
import type { Shown } from '../domain/experiment';
import type { ExperimentAsked } from '../domain/rollout/command';
import type { Joiner } from '../domain/rollout/event';
import type { RolloutPolicy } from '../domain/rollout/policy';
import type { Act } from '../domain/rollout/stage';
import type { Sides } from '../domain/strategies/slot';

/** Names the request that `control.start` stored; drawn, claimed and snapshotted inside the workflow's lock. */
export interface BeginInput {
  requestId: string;
  workflowId: string;
  /** The first execution's run id: the same begin always gets the same generation. */
  runId: string;
}

/** All that the workflow needs to know to run; names of instances come by pages. */
export interface Began {
  kind: 'began';
  generation: number;
  /** `rollback`: every member goes back to a given snapshot, and the deployment is one rollback from its start. */
  mode: 'forward' | 'rollback';
  policy: RolloutPolicy;
  /** One byte a member, in base64: see `MEMBER` in domain/rollout/members.ts. */
  members: string;
  /** How the status document begins; the workflow fills in what changes. */
  document: StatusDocument;
  /** e.g. `1.5.0`, for summaries: `web-03 → 1.5.0`. */
  targetLabel: string;
  patrolled: boolean;
  /** Which groups requests are split between; absent: nothing can be told where they go. */
  sides?: Sides;
  /** The same for each group of the fleet that has routers of its own, by its name. */
  sidesByGroup?: Record<string, Sides>;
  /** What of the requests the release had when a rollback of its own began, and whether flags are to be put back. */
  shared?: SharedBefore & { groups?: Record<string, SharedBefore>; flagged?: true };
  /** `bulk`: one activity for all that are in flight. Absent: one for each. */
  execution?: 'bulk';
}

/** Percent of the requests. */
export interface SharedBefore {
  weight?: number;
  exposed?: number;
}

/** Nothing was stored, and nothing will be touched. */
export interface Refused {
  kind: 'refused';
  message: string;
  /** The deployment that stands in the way, where one does. */
  holder?: string;
}

export interface InstanceInput {
  generation: number;
  /** The release is what is stable by now. */
  settled?: true;
  ordinal: number;
  name: string;
}

export interface ChangeInput extends InstanceInput {
  round: number;
}

export interface RestoreInput extends InstanceInput {
  /** The rollback's own generation. */
  rollbackGeneration: number;
}

/** Instances that are to be brought to the release, or back, all at once. */
export interface DriveInput {
  generation: number;
  towards: 'release' | 'snapshot';
  /** The fencing token: the deployment's generation, or the rollback's own. */
  fence: number;
  pieces: Piece[];
  /** The release is what is stable by now. */
  settled?: true;
  /** They are no longer to be waited for: each ends cancelled. */
  stop?: true;
}

export interface Piece {
  ordinal: number;
  round: number;
}

/** A measurement of what was changed. Times are in ms since the epoch. */
export interface MeasureInput {
  generation: number;
  number: number;
  from: number;
  until: number;
  /** Beside what ran before: some instances still do. */
  compare: boolean;
  /** Percent of the requests that the release has; absent: nobody knows. */
  weight?: number;
  /** Of the members of that group alone; absent: of all. */
  fleetGroup?: string;
  /** An experiment is measured, too: all that was seen since it began. */
  experiment?: ExperimentAsked;
}

/** Something that is no instance's change: a share of traffic, a hook, flags, a look at the calendar. */
export interface ActInput<A extends Act = Act> {
  generation: number;
  /** Unique within the deployment: repeated, it is the same act. */
  number: number;
  act: A;
}

/** What became of it. */
export interface Acted {
  /** Why it couldn't be done, in words; absent: it was. */
  fault?: string;
  /** Nothing may go forward before then (ms since the epoch; null: before a person ends it). */
  closed?: { until: number | null; reason: string };
  /** The group whose routers were told; absent: those of all. */
  group?: string;
}

type ActOf<K extends Act['kind']> = Extract<Act, { kind: K }>;

/** Those that have ended, and those that go on: they are to be waited for again. */
export interface Driven {
  outcomes: (ChangeOutcome | RestoreOutcome)[];
  left: Piece[];
}

/** Names of members by ordinal, from `from` on. */
export interface NamesPage {
  from: number;
  names: string[];
}

/** A line of the event log. */
export interface LogLine {
  /** Unique within the deployment: a repeated line is written once. */
  sequence: number;
  type: string;
  by?: string;
  reason?: string;
}

export interface LogInput {
  generation: number;
  lines: LogLine[];
}

/** Who joined and who left since the last time. */
export interface MembershipRead {
  joined: Joiner[];
  left: number[];
  returned?: Joiner[];
}

/** What is asked between batches and before the end. */
export interface StockInput extends LogInput {
  /** Absent: not asked. `ordinals` of joiners go on from `total`; `number` counts the reads. */
  membership?: { total: number; number: number };
  /** Whether the good ones are looked at. */
  sweep: boolean;
}

/** An answer for each that was asked. */
export interface Stock {
  membership?: MembershipRead;
  degraded?: Degradation[];
}

/** One that is good no more: which of its changes it was good after. */
export interface Finding extends Degradation {
  round: number;
}

export interface PatrolInput {
  generation: number;
  /** What was found before: not told again until it is changed once more. Absent: nothing. */
  known?: { ordinal: number; round: number }[];
}

/**
 * What the workflow can have done. Every one is idempotent: repeated, it returns the recorded fact.
 * All but a programming error end in a value; nothing a driver does is thrown.
 */
export interface Activities {
  begin(input: BeginInput): Promise<Began | Refused>;
  /** At most 500 names. */
  names(input: { generation: number; from: number }): Promise<NamesPage>;
  /** Ordinals of these names, in the same order; null where the deployment has no such member. */
  ordinals(input: { generation: number; names: string[] }): Promise<(number | null)[]>;
  changeInstance(input: ChangeInput): Promise<ChangeOutcome>;
  restoreInstance(input: RestoreInput): Promise<RestoreOutcome>;
  /** Changes or restores instances that do it by themselves; returns when some of them have ended. */
  driveInstances(input: DriveInput): Promise<Driven>;
  /**
   * Writes the lines, then asks at once: who joined (claimed and snapshotted; those that returned keep their ordinals)
   * and who left; and which good instances are good no more, each looked at again `health_interval` later.
   */
  takeStock(input: StockInput): Promise<Stock>;
  /** Measures what was changed, in that stretch of time, and judges it. */
  measure(input: MeasureInput): Promise<Pick<Verdict, 'kind' | 'text'> & { experiment?: Shown }>;
  /** Shifts requests, or makes the release what is stable; settled when every router confirms. */
  shiftTraffic(input: ActInput<ActOf<'shift' | 'settle'>>): Promise<Acted>;
  /** Keeps routers as they were set last, until it is cancelled. */
  guardTraffic(input: { generation: number }): Promise<void>;
  runHook(input: ActInput<ActOf<'hook'>>): Promise<Acted>;
  /** Sets flags, or puts them back to what they were before the deployment. */
  setFlags(input: ActInput<ActOf<'set_flags' | 'restore_flags'>>): Promise<Acted>;
  /** Whether it may go forward now: deployment windows and freezes. */
  readCalendar(input: ActInput<ActOf<'read_calendar'>>): Promise<Acted>;
  /** Sweeps until something new is found or it is cancelled. */
  patrol(input: PatrolInput): Promise<Finding[]>;
  drawGeneration(input: { generation: number }): Promise<number>;
  log(input: LogInput): Promise<void>;
  /** Status, reason and counts, for readers when the workflow can't be asked. */
  recordProgress(input: { document: StatusDocument }): Promise<void>;
  /** Writes the fleet's file for the last time, records the terminal status and releases the claims. */
  recordEnd(input: { document: StatusDocument }): Promise<void>;
}
