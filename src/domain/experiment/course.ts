import type { Stage } from '../rollout/stage';
import type { ExperimentStrategy } from './spec';

/** Both are measured until the sample is there or the time is over, and compared once. It passes whatever that shows. */
export interface ExperimentStage {
  kind: 'experiment';
  forMs: number;
}

/**
 * What an experiment goes through: a share of instances and of requests on the release, then it is measured, then a person
 * says whether it comes to all (approve) or goes back (reject). Nobody else does, however long that takes.
 */
export function experimentCourse({ share, durationMs }: ExperimentStrategy): (Stage | ExperimentStage)[] {
  return [
    { kind: 'update', percent: share },
    { kind: 'traffic', weight: share },
    { kind: 'experiment', forMs: durationMs },
    { kind: 'approve', onTimeout: 'pause' },
    { kind: 'update', percent: 100 },
    { kind: 'traffic', weight: 100 },
    { kind: 'settle' },
  ];
}
