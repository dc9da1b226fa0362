import type { Approval, MessageKind, OnFailure, Size } from '../../src/domain';
import type { DeliveryPlan } from './delivery-plan';
import type { Joiner } from '../../src/domain/rollout/event';

/** What an instance really runs; nobody but the world knows. */
export type Runs = 'old' | 'new' | 'broken' | 'nothing';

/** How one instance behaves, whatever is done to it. All times in ms. */
export interface MemberPlan {
  flag: 'plain' | 'unhealthy' | 'unchanged' | 'excluded';
  /** Nothing was installed before: it has no way back. */
  firstInstall: boolean;
  takesMs: number;
  /** So many of its changes fail before one works. */
  failsTimes: number;
  /** What a change that failed or was cancelled leaves behind. */
  leaves: 'old' | 'new' | 'broken';
  /** Once good, it turns bad so much later; once only. */
  degradesAfterMs: number | null;
  /** What an operation ends with when it is cancelled half-way. */
  onCancel: 'cancelled' | 'good' | 'failed';
  cancelTakesMs: number;
  restoreTakesMs: number;
  restoreFails: boolean;
  /** A worker believed lost comes back so much after a failed change and tries to finish it. */
  zombieAfterMs: number | null;
  /** Its outcome is told a second time, so much later. */
  repeatsAfterMs: number | null;
}

/** The policy, with what the engine's own types leave to the reader. */
export interface PolicyPlan {
  batching: { kind: 'batches'; sizes: Size[]; pauseBetweenMs: number } | { kind: 'window'; size: Size };
  bakeMs: number;
  maxFailures: Size;
  failedInstances: 'leave' | 'restore';
  onFailure: OnFailure;
  rollbackBatchSize: Size | null;
  approvals: Approval[];
  deadlineMs: number | null;
}

/** Something that somebody does once so many events have passed since the last such thing. */
export interface Act {
  gap: number;
  what:
    | { kind: 'message'; message: MessagePlan; twice: boolean }
    | { kind: 'cancel'; twice: boolean }
    | { kind: 'hold' }
    /** A tick that nobody asked for. */
    | { kind: 'tick' }
    /** An answer that was given already is given again. */
    | { kind: 'repeat'; pick: number }
    /** A finding about members that aren't good. */
    | { kind: 'stale_finding'; picks: number[] };
}

export interface MessagePlan {
  kind: MessageKind;
  /** Of `retry` and `skip`: which members, as numbers into the candidates; empty: every failed one. */
  picks: number[];
  from: 'failed' | 'pending' | 'any' | 'all_pending';
  /** Of `adjust`: the size that the strategy has, the one that it hasn't, or the limit. */
  adjustment: { kind: 'size' | 'other_size' | 'max_failures'; size: Size };
}

/** What a person does whenever the rollout waits for one. */
export type Answer = 'go' | 'stop' | 'wait';

/** Everything that decides how a simulated rollout goes: plain data, so that it can be printed and replayed. */
export interface Scenario {
  mode: 'forward' | 'rollback';
  policy: PolicyPlan;
  members: MemberPlan[];
  /** The members are repeated so often: a cheap way to a large fleet. */
  times: number;
  joins: { read: number; state: Joiner['state']; plan: MemberPlan }[];
  leaves: { read: number; pick: number }[];
  /** Those that left come back; `as`: what they run then, and whether they can be reached. */
  returns: { read: number; pick: number; as: 'they_were' | 'old' | 'broken' | 'unreachable' }[];
  acts: Act[];
  /** Something that somebody does once so many were told to go back. */
  onTheWayBack: { restores: number; what: Act['what'] } | null;
  /** Somebody promotes every wait, so much after it began. */
  promotesAfterMs: number | null;
  /** Whoever skips takes it back, so many events later. */
  regretsAfter: number | null;
  answers: Answer[];
  answerMs: number;
  readMs: number;
  sweepMs: number;
  drawMs: number;
  patrolMs: number;
  /** How late the timer fires. */
  tickLateMs: number;
  /** Outcomes are told together, in slices of so much time; 0: each at once. */
  sliceMs: number;
  /** Of two things at the same moment, which comes first. */
  lastFirst: boolean;
  /** Absent: nothing but instances, batch after batch. */
  delivery?: DeliveryPlan;
}
