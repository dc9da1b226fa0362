import type { Awaiting, StatusDocument } from '../domain';
import { progressOf, type Progress, type RolloutState } from '../domain/rollout';

/** The status document now: how it began, with what changed since. */
export function documentOf(base: StatusDocument, state: RolloutState, now: number): StatusDocument {
  const progress = progressOf(state);
  const { status, reason, step, counts, failures, endedAt, rollbackGeneration } = progress;
  const { awaiting: _none, ...rest } = base;
  return {
    ...rest,
    // A rollback deployment goes back under its own generation.
    ...(rollbackGeneration !== undefined &&
      rollbackGeneration !== base.generation && { rollback_generation: rollbackGeneration }),
    rollback_count: progress.rollbackCount,
    status,
    reason,
    step,
    counts,
    failures,
    violations: progress.violations.map(({ at, reason: why }) => ({ at: iso(at), reason: why })),
    ...(progress.analysis && { analysis: progress.analysis }),
    ...(progress.experiment && { experiment: { conclusion: null, ...progress.experiment } }),
    traffic_percent: progress.trafficPercent,
    ...(progress.features && { enabled_features: percents(progress.features) }),
    ...(progress.awaiting && { awaiting: awaitingOf(base.id, progress.awaiting) }),
    ended_at: endedAt === undefined ? null : iso(endedAt),
    // From when it says that it started: the workflow's own first moment is a little later.
    duration_ms: Math.max(0, (endedAt ?? now) - Date.parse(base.started_at)),
  };
}

function percents(features: Record<string, number | 'off'>): Record<string, number> {
  return Object.fromEntries(Object.entries(features).map(([key, percent]) => [key, percent === 'off' ? 0 : percent]));
}

/** The command that ends each wait. */
const VERB = { approval: 'approve', resume: 'resume', bake: 'promote', analysis: 'promote', window: 'abort' } as const;

function awaitingOf(id: string, { kind, since, until }: NonNullable<Progress['awaiting']>): Awaiting {
  return {
    kind,
    since: iso(since),
    ...(until !== undefined && { until: iso(until) }),
    command: `belay ${VERB[kind]} ${id}`,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
