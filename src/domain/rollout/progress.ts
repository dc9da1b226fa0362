import type { VerdictKind } from '../analysis';
import type { Shown } from '../experiment/shown';
import type { Counts, ListedFailure, Status, StepPosition } from '../status';
import { batchesInAll } from './batches-in-all';
import { courseStep } from './course-step';
import { groupPrefix } from './grouping';
import type { Phase } from './phase';
import type { RolloutState, Violation } from './state';

/** What a rollout waits for; times in ms since the epoch. */
export interface ProgressWait {
  kind: 'approval' | 'resume' | 'bake' | 'analysis' | 'window';
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
  /** What was measured last, and how many of those that failed count. Absent: nothing is measured. */
  analysis?: {
    last?: { kind: VerdictKind; text: string };
    violations: number;
    limit: number;
    count: 'consecutive' | 'total';
  };
  /** What an experiment has shown so far; null: nothing was measured yet. Absent: there is none. */
  experiment?: Shown | null;
  /** Percent of the requests that the release has; null: nobody knows. */
  trafficPercent: number | null;
  /** Flags that it has set: percent of users, or off. */
  features?: Record<string, number | 'off'>;
  endedAt?: number;
}

export function progressOf(state: RolloutState): Progress {
  const awaiting = awaitingOf(state);
  return {
    status: state.status,
    reason: state.reason,
    step: stepOf(state),
    counts: state.members.counts(),
    failures: [
      ...state.failures.map(({ instance, reason, attempts }) => ({ instance, reason, attempts })),
      ...Object.entries(state.delivery.dropped).map(([instance, reason]) => ({ instance, reason, attempts: 1 })),
    ],
    ...(awaiting && { awaiting }),
    ...(state.rollbackGeneration !== null && { rollbackGeneration: state.rollbackGeneration }),
    violations: state.analysis.violations,
    ...analysisOf(state),
    ...(state.experiment && { experiment: state.experiment.shown }),
    trafficPercent: trafficOf(state),
    ...(Object.keys(state.delivery.features).length > 0 && { features: state.delivery.features }),
    rollbackCount: state.back && state.back.which !== 'failed' ? 1 : 0,
    ...(state.endedAt !== null && { endedAt: state.endedAt }),
  };
}

function analysisOf({ policy, analysis }: RolloutState): Pick<Progress, 'analysis'> {
  if (!policy.analysis) return {};
  const { violations: limit, count } = policy.analysis;
  return { analysis: { ...(analysis.last && { last: analysis.last }), violations: analysis[count], limit, count } };
}

/** As the routers have it; where there are none, the share of instances is the share of requests. */
function trafficOf({ policy, delivery, members, targeted, mode }: RolloutState): number | null {
  if (policy.router === true) return delivery.settled ? 100 : delivery.weight;
  if (policy.course === undefined || mode === 'rollback' || targeted === 0) return null;
  return Math.round((100 * (members.number('good') + members.number('unchanged'))) / targeted);
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

const AWAITED = {
  approval: 'approval',
  analyze: 'analysis',
  bake: 'bake',
  keep: 'bake',
  pause_between: 'bake',
  calendar: 'window',
  group_bake: 'bake',
  group_approval: 'approval',
} as const;

function awaitingOf(state: RolloutState): ProgressWait | undefined {
  if (state.status === 'paused' && state.pausedSince !== null) return { kind: 'resume', since: state.pausedSince };
  if (!state.wait) return undefined;
  const { kind, since } = state.wait;
  // The next look isn't when it opens.
  const until = kind === 'calendar' ? (state.delivery.closed?.until ?? undefined) : state.wait.until;
  return { kind: AWAITED[kind], since, ...(until !== undefined && { until }) };
}

function stepOf(state: RolloutState): StepPosition {
  const index = Math.max(1, state.batchNumber);
  const of = Math.max(index, batchesInAll(state));
  if (state.back) {
    const { total, rolled_back, unresolved } = state.members.counts();
    if (total === 0) return { index: 1, of: 1, kind: 'flag', summary: flagsBackText(state) };
    if (state.back.which === 'none') return { index: 1, of: 1, kind: 'switch', summary: switchBackText(state) };
    return { index, of, kind: 'update', summary: `going back: ${rolled_back} restored, ${unresolved} unresolved` };
  }
  if (state.wait?.kind === 'calendar') {
    const at = state.policy.course === undefined ? { index, of } : courseStep(state);
    return { ...at, kind: 'bake', summary: state.delivery.closed?.reason ?? 'waits until it may go forward' };
  }
  if (state.wait?.kind === 'group_bake' || state.wait?.kind === 'group_approval')
    return groupStep(state, { index, of });
  const step = state.policy.course === undefined ? batchStep(state, { index, of }) : courseStep(state);
  return { ...step, summary: `${groupPrefix(state)}${step.summary}` };
}

/** Of blue-green after its switch: nothing was done to the group that served. */
function switchBackText({ delivery }: RolloutState): string {
  return delivery.exposed === 0
    ? 'all requests are back at the group that served before; no instance had to go back'
    : 'all requests go back to the group that served before';
}

/** Of a way back without instances. */
function flagsBackText({ delivery, back }: RolloutState): string {
  if (!delivery.flagged) return 'flags are as they were before';
  return back?.gaveUp.includes('restore_flags') === true
    ? 'flags could not all be put back'
    : 'flags go back to what they were';
}

/** Between two groups. */
function groupStep(state: RolloutState, at: Pick<StepPosition, 'index' | 'of'>): StepPosition {
  const name = state.policy.groups?.names[(state.grouping?.at ?? 0) + 1] ?? '';
  if (state.wait?.kind === 'group_approval') return { ...at, kind: 'approve', summary: `approval before ${name}` };
  return { ...at, kind: 'bake', summary: `waits before ${name}` };
}

function batchStep(state: RolloutState, { index, of }: Pick<StepPosition, 'index' | 'of'>): StepPosition {
  const next = Math.min(of, state.batchNumber + 1);
  if (state.wait?.kind === 'approval') {
    return { index: next, of, kind: 'approve', summary: `approval before batch ${next}` };
  }
  if (state.wait?.kind === 'analyze') return { index, of, kind: 'analyze', summary: `watching batch ${index}` };
  if (state.wait) {
    const summary = state.wait.kind === 'bake' ? 'bake after the last batch' : `pause before batch ${next}`;
    return { index, of, kind: 'bake', summary };
  }
  return { index, of, kind: 'update', summary: `batch ${index} of ${of}` };
}
