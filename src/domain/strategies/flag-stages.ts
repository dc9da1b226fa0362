import type { Stage } from '../rollout/stage';

/** The flags of a release, when all instances run it. */
export function flagStages(flags: Record<string, number>): Stage[] {
  return Object.entries(flags).map(([feature, percent]) => ({ kind: 'flag', feature, percent }));
}
