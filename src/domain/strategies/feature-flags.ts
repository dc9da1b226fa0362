import type { Stage } from '../rollout/stage';
import type { FeatureFlagsStrategy } from '../spec';

/**
 * The course of a deployment of features: one change at a time, each looked at before the next, so that what goes wrong is
 * somebody's. All take their first step before any takes its second.
 * @param watchMs how long each change is looked at; absent: nothing is measured
 */
export function featuresCourse({ features }: FeatureFlagsStrategy, watchMs?: number): Stage[] {
  const off = features.flatMap(({ key, steps }): Stage[] => (steps === 'off' ? change(key, 'off', watchMs) : []));
  const longest = Math.max(0, ...features.map(({ steps }) => (steps === 'off' ? 0 : steps.length)));
  const on = Array.from({ length: longest }, (_, round) =>
    features.flatMap(({ key, steps }) => {
      const percent = steps === 'off' ? undefined : steps[round];
      return percent === undefined ? [] : change(key, percent, watchMs);
    }),
  );
  return [...off, ...on.flat()];
}

function change(feature: string, percent: number | 'off', watchMs: number | undefined): Stage[] {
  return [
    { kind: 'flag', feature, percent },
    ...(watchMs === undefined ? [] : [{ kind: 'analyze' as const, forMs: watchMs }]),
  ];
}
