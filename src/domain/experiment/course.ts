import type { Stage } from '../rollout/stage';
import { between } from '../strategies/canary';
import { flagStages } from '../strategies/flag-stages';
import { metricName, type ExperimentStrategy } from './spec';

/** How often it is looked whether the sample is there, unless something else is measured more often. */
const LEAST_MS = 1_000;
const MOST_MS = 5 * 60_000;

/** What stands beside an experiment. */
export interface Beside {
  /** Whether something in front of the fleet can be told where requests go. */
  router: boolean;
  /** Whether anybody can measure it: a rehearsal has nobody. */
  measured: boolean;
  /** How often the release is judged beside it; absent: by nothing. */
  intervalMs?: number;
  flags?: Record<string, number>;
}

/**
 * What an experiment goes through: a share of instances and of requests on the release, then it is measured, then a person
 * says whether it comes to all (approve) or goes back (reject). Nobody else does, however long that takes.
 */
export function experimentCourse(strategy: ExperimentStrategy, beside: Beside): Stage[] {
  const { share, metric, durationMs: forMs } = strategy;
  const { router, measured, intervalMs, flags = {} } = beside;
  const everyMs = intervalMs ?? Math.min(Math.max(LEAST_MS, Math.round(forMs / 100)), MOST_MS);
  const leaps = between(share, 100).flatMap((weight): Stage[] => [
    { kind: 'update', percent: weight },
    { kind: 'traffic', weight, towards: 100 },
  ]);
  const all: Stage[] = [
    { kind: 'traffic', weight: 100 },
    { kind: 'update', percent: 100 },
  ];
  return [
    { kind: 'update', percent: share },
    { kind: 'traffic', weight: share },
    ...(measured ? [{ kind: 'experiment' as const, metric: metricName(metric), forMs, everyMs }] : []),
    { kind: 'approve', onTimeout: 'pause' },
    // Where requests are split, somebody has to serve those of the others until the release has all of them.
    ...(router ? [...leaps, ...all] : all.reverse()),
    ...flagStages(flags),
    { kind: 'settle' },
  ];
}
