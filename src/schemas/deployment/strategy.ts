import type { z } from 'zod';
import type { Strategy } from '../../domain';
import { variants } from '../object';
import { blueGreen, blueGreenOf } from './blue-green';
import { canary, canaryOf } from './canary';
import { featureFlags, featureFlagsOf } from './feature-flags';
import { rolling, rollingOf } from './rolling';

const WORDS = ['rolling', 'canary', 'blue_green', 'feature_flags'];

export const strategy = variants('type', [rolling, canary, blueGreen, featureFlags], WORDS, {
  experiment: 'which is not supported by this version',
}).describe('In which steps the release comes.');

/** @param monitoringMs how long a step is watched when it doesn't say it; absent: there is no analysis */
export function strategyOf(parsed: z.output<typeof strategy>, monitoringMs?: number): Strategy {
  switch (parsed.type) {
    case 'rolling':
      return rollingOf(parsed);
    case 'canary':
      return canaryOf(parsed, monitoringMs);
    case 'blue_green':
      return blueGreenOf(parsed, monitoringMs);
    case 'feature_flags':
      return featureFlagsOf(parsed);
  }
}
