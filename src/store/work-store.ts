import type { ChangeOutcome, Instance, RestoreOutcome, StatusDocument } from '../domain';
import type { InstanceState } from './instance-state';
import type { MembershipRead } from './membership-read';
import type { EventRow, FreezeRow, RequestedMember } from './types';
import type { AttemptAnswer, LastAttempt, OpenedAttempt, WorkKey } from './work-attempt';
import type { GoodMember, TakenSnapshot } from './work-member';

/** Who has an instance: a deployment, or one that is about to begin. */
export interface ClaimHolder {
  generation: number;
  /** `environment/service/generation` */
  id: string;
  workflowId: string;
  runId: string;
}

/** A deployment that is about to be: all but what the request knows. */
export interface NewDeployment {
  generation: number;
  requestId: string;
  workflowId: string;
  runId: string;
  document: StatusDocument;
  /** What `begin` answers, kept as it is: a repeated begin answers the same. */
  answer: unknown;
  /** The snapshot file that was written for it. */
  snapshotFile?: string;
}

/** The part of the store that activities need. Every write may be repeated. */
export interface WorkStore {
  // ---- begin
  /** From the sequence; the same for the same run. Remembers which request and workflow it was drawn for. */
  drawFor(run: { requestId: string; workflowId: string; runId: string }): Promise<number>;
  requestedMembers(requestId: string): Promise<RequestedMember[]>;
  /**
   * Claims instances of a fleet for a generation, in the order of their names; what it has already stays.
   * `all`: none of them when one is held by another; `free`: those that aren't. Answers who holds the others.
   */
  claim(
    generation: number,
    fleet: string,
    names: string[],
    mode: 'all' | 'free',
  ): Promise<{ name: string; holder: ClaimHolder }[]>;
  /** Its orchestrator is gone: a deployment that hasn't ended ends failed for this reason, with an event; its claims are released. True: it ended now. */
  endLost(generation: number, reason: string): Promise<boolean>;
  /** The begin is refused: claims and snapshots of the generation go. */
  abandon(generation: number): Promise<void>;
  /** The first call decides, whole; answers what is stored, by ordinal. */
  takeSnapshot(generation: number, taken: TakenSnapshot[]): Promise<TakenSnapshot[]>;
  /** Empty: not yet taken. */
  takenSnapshot(generation: number): Promise<TakenSnapshot[]>;
  /** The generation that last wrote this snapshot file. */
  snapshotFileWriter(path: string): Promise<number | undefined>;
  /**
   * The deployment's row, with an event `started`; a generation that has one keeps it. Answers the freezes that forbid
   * it, and nothing was stored then.
   */
  createDeployment(deployment: NewDeployment): Promise<FreezeRow[]>;
  /** What `begin` answered; undefined: it has not (or was refused). */
  begun(generation: number): Promise<unknown>;

  // ---- one instance; each of these is hot: one round trip
  /**
   * Starts an attempt: a row that isn't answered, unless the work has an outcome, the claim is lost, the fence is
   * lower than the deployment's latest generation, it has ended, or more than `knownLost` attempts of this key were lost.
   */
  openAttempt(key: WorkKey, knownLost: number): Promise<OpenedAttempt>;
  /** The latest attempts on these instances, by ordinal: one query, however many they are. */
  lastAttempts(generation: number, towards: WorkKey['towards'], ordinals: number[]): Promise<Map<number, LastAttempt>>;
  /** An attempt that is followed by another. */
  answerAttempt(key: WorkKey, answer: AttemptAnswer, state?: InstanceState): Promise<void>;
  /**
   * The end of the work, with its last attempt's answer (where one was started) and the instance's state, at once.
   * Answers the outcome that stands: the one recorded first. Undefined, and nothing recorded: the attempt was overtaken
   * by a later one of the same key, or the deployment has ended.
   */
  settle<O extends ChangeOutcome | RestoreOutcome>(
    key: WorkKey,
    outcome: O,
    answer?: AttemptAnswer,
    state?: InstanceState,
  ): Promise<O | undefined>;
  /** What a look at an instance showed, within a deployment. */
  recordState(generation: number, ordinal: number, state: InstanceState): Promise<void>;

  // ---- the members of a deployment
  /** In order of ordinals, from one on. */
  memberNames(generation: number, from: number, limit: number): Promise<string[]>;
  memberOrdinals(generation: number, names: string[]): Promise<(number | null)[]>;
  /** Members whose latest change ended good, that haven't left and that nobody began to restore. */
  goodMembers(generation: number): Promise<GoodMember[]>;
  /** All names with `left` and whether they are `excluded`, whether listed or joined later. */
  memberPresence(generation: number): Promise<{ ordinal: number; name: string; left: boolean; excluded: boolean }[]>;
  /** The answer that was recorded for this read. */
  membershipRead(generation: number, read: number): Promise<MembershipRead | undefined>;
  /**
   * At once: adds newcomers (with their snapshots), marks who left and who returned, keeps the answer, and writes an
   * event for each of them. The first record of a read stands.
   */
  recordMembership(
    generation: number,
    read: number,
    joiners: { instance: Instance; taken: TakenSnapshot }[],
    answer: MembershipRead,
  ): Promise<MembershipRead>;
  /** States recorded within this deployment. */
  recordedStates(generation: number): Promise<{ name: string; state: InstanceState }[]>;

  // ---- the deployment
  /** The rollback's own generation, from the sequence; the first one drawn for a deployment stays. */
  drawRollback(generation: number): Promise<number>;
  /** Written once for a (generation, sequence). */
  appendEventOnce(event: Omit<EventRow, 'id' | 'at'> & { generation: number }, sequence: number): Promise<void>;
  /** Not after it has ended. */
  saveProgress(document: StatusDocument): Promise<void>;
  /** In one transaction: the terminal status, its event, and no claim any more. The first end stands: true for it. */
  end(document: StatusDocument): Promise<boolean>;

  /**
   * Runs `work` while nobody else, in any process, works under the same name. A process that stands still loses that
   * right: `held` throws then.
   */
  exclusively<T>(name: string, work: (held: () => Promise<void>) => Promise<T>): Promise<T>;
}
