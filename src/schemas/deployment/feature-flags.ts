import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { FeatureFlagsStrategy, Strategy, Versions } from '../../domain';
import { isName, NAME_RULE } from '../../domain/names';
import { object } from '../object';
import { choice, list, mapOf } from '../scalars';
import { stateOf } from '../wording';
import { DEFAULT_PERCENTS, percent } from './steps';

const RIGHT = 'write a list of percents, like [5, 25, 100], true for the usual steps, or false for off';

const percents = list(percent(), RIGHT, 1).superRefine((steps, context) => {
  for (const [i, each] of steps.entries()) {
    const before = steps[i - 1];
    if (typeof each !== 'number' || typeof before !== 'number' || each > before) continue;
    const message = `is ${each} after ${before}; steps only go up, so write a higher one, or remove it`;
    context.addIssue({ code: 'custom', path: [i], message });
  }
});

const feature = z
  .union([choice(['true', 'false']), percents], { error: ({ input }) => `${stateOf(input)}; ${RIGHT}` })
  .meta({ type: 'list of percents, `true` or `false`' });

export const featureFlags = object(
  {
    type: z
      .literal('feature_flags')
      .describe(
        'Features are turned on for a growing share of users, judged at each step. It has no fleet and no driver.',
      ),
    features: mapOf(feature, 'write a map of features, like { new_ui: [5, 25, 100] }')
      .superRefine((features, context) => {
        if (Object.keys(features).length === 0) {
          context.addIssue({ code: 'custom', message: 'names no feature; write a map like { new_ui: [5, 25, 100] }' });
        }
        for (const key of Object.keys(features).filter((each) => !isName(each))) {
          context.addIssue({ code: 'custom', path: [key], message: `can't be the name of a flag: ${NAME_RULE}` });
        }
      })
      .meta({ type: 'map of lists of percents' })
      .describe(
        'One after another, each a flag: the percents of users that have it, `true` for `[10, 25, 50, 75, 100]`, `false` for nobody.',
      ),
    on_violation: choice(['feature', 'all'])
      .prefault('feature')
      .describe('What a violation takes back: the feature that was changed last, or all of them.'),
  },
  'write a map like { type: feature_flags, features: { new_ui: [5, 25, 100] } }',
);

type Parsed = z.output<typeof featureFlags>;

export function featureFlagsOf({ features, on_violation: onViolation }: Parsed): FeatureFlagsStrategy {
  const known = Object.entries(features).map(([key, steps]) => ({ key, steps: stepsOf(steps) }));
  return { kind: 'feature_flags', features: known, onViolation };
}

function stepsOf(written: Parsed['features'][string]): number[] | 'off' {
  if (written === 'false') return 'off';
  return written === 'true' ? DEFAULT_PERCENTS : written;
}

/** What stands for a release where nothing is installed: other features are another one. */
export function featureVersions(strategy: Strategy): Versions {
  const features = strategy.kind === 'feature_flags' ? strategy.features : [];
  const hash = createHash('sha256').update(JSON.stringify(features)).digest('hex').slice(0, 8);
  return { codeVersion: 'features', configurationVersion: hash };
}
