import type { Counts, ListedFailure, Status, StepPosition } from '../status';
import { sizeOf } from '../size';
import { batchSize } from './batch';
import type { Phase } from './phase';
import type { RolloutState, Violation } from './state';

/** What a rollout waits for; times in ms since the epoch. */
export interface ProgressWait {
  kind: 'approval' | 'resume' | 'bake' | 'analysis';
  since: number;
  until?: number;
}

/** Where a rollout stands, for people; times in ms since the epoch. */
export interface Progress {
  status: Status;
  reason: string | null;
  step: StepPosition;
  counts: Counts;
  failures: ListedFailure[];
  awaiting?: ProgressWait;
  rollbackGeneration?: number;
  rollbackCount: number;
  violations: Violation[];
  endedAt?: number;
}

export function progressOf(state: RolloutState): Progress {
  const awaiting = awaitingOf(state);
  return {
    status: state.status,
    reason: state.reason,
    step: stepOf(state),
    counts: state.members.counts(),
    failures: state.failures.map(({ instance, reason, attempts }) => ({ instance, reason, attempts })),
    ...(awaiting && { awaiting }),
    ...(state.rollbackGeneration !== null && { rollbackGeneration: state.rollbackGeneration }),
    violations: state.analysis.violations,
    rollbackCount: state.back?.which === 'touched' ? 1 : 0,
    ...(state.endedAt !== null && { endedAt: state.endedAt }),
  };
}

export function countsOf(state: RolloutState): Counts {
  return state.members.counts();
}

export function phaseOf(state: RolloutState, ordinal: number): Phase {
  return state.members.phase(ordinal);
}

export function touchedOf(state: RolloutState, ordinal: number): boolean {
  return state.members.touched(ordinal);
}

/** Ordinals that are being changed or restored now. */
export function inFlightOf(state: RolloutState): number[] {
  return [...state.members.in('changing'), ...state.members.in('restoring')];
}

const AWAITED = { approval: 'approval', analyze: 'analysis', bake: 'bake', pause_between: 'bake' } as const;

function awaitingOf(state: RolloutState): ProgressWait | undefined {
  if (state.status === 'paused' && state.pausedSince !== null) return { kind: 'resume', since: state.pausedSince };
  if (!state.wait) return undefined;
  const { kind, since, until } = state.wait;
  return { kind: AWAITED[kind], since, ...(until !== undefined && { until }) };
}

function stepOf(state: RolloutState): StepPosition {
  const index = Math.max(1, state.batchNumber);
  const of = Math.max(index, batchesInAll(state));
  if (state.back) {
    const { rolled_back, unresolved } = state.members.counts();
    return { index, of, kind: 'update', summary: `going back: ${rolled_back} restored, ${unresolved} unresolved` };
  }
  const next = Math.min(of, state.batchNumber + 1);
  if (state.wait?.kind === 'approval') {
    return { index: next, of, kind: 'approve', summary: `approval before batch ${next}` };
  }
  if (state.wait?.kind === 'analyze') return { index, of, kind: 'analyze', summary: watchText(state, index) };
  if (state.wait) {
    const summary = state.wait.kind === 'bake' ? 'bake after the last batch' : `pause before batch ${next}`;
    return { index, of, kind: 'bake', summary };
  }
  return { index, of, kind: 'update', summary: `batch ${index} of ${of}` };
}

/** `watching batch 2, 1 of 3 violations: error rate is 2%, at most 5% is allowed` */
function watchText({ analysis, policy }: RolloutState, batch: number): string {
  const { violations = 0, count = 'total' } = policy.analysis ?? {};
  const so = `watching batch ${batch}, ${analysis[count]} of ${violations} violations`;
  return analysis.last ? `${so}: ${analysis.last.text}` : so;
}

/** The batches started and those that the pending members will take, by the sizes of now. */
function batchesInAll(state: RolloutState): number {
  let pending = state.members.number('pending') - (state.batch?.left ?? 0);
  if (state.policy.strategy.batching.kind === 'window') return Math.max(1, state.batchNumber);
  const listed = state.policy.strategy.batching.sizes.length;
  let number = state.batchNumber;
  while (pending > 0 && number < listed) {
    number++;
    pending -= sizeOf(batchSize(state, number), state.targeted);
  }
  if (pending <= 0) return number;
  return number + Math.ceil(pending / sizeOf(batchSize(state, number + 1), state.targeted));
}
