import type { RolloutState } from './state';

/** The feature that was changed last, for whoever looks at what came of it. */
export function featureUnderWatch({ policy, delivery }: RolloutState): string | undefined {
  for (let at = delivery.at; at >= 0; at--) {
    const stage = policy.course?.[at];
    if (stage?.kind === 'flag') return stage.feature;
  }
  return undefined;
}
