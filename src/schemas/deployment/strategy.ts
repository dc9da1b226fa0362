import type { z } from 'zod';
import type { Strategy } from '../../domain';
import { variants } from '../object';
import { blueGreen, blueGreenOf } from './blue-green';
import { canary, canaryOf } from './canary';
import { experimentOf, experimentSchema } from './experiment';
import { featureFlags, featureFlagsOf } from './feature-flags';
import { rolling, rollingOf } from './rolling';
import { routing, routingOf } from './routing';

const WORDS = ['rolling', 'canary', 'blue_green', 'feature_flags', 'experiment'];

const experiment = experimentSchema(routing);

export const strategy = variants('type', [rolling, canary, blueGreen, featureFlags, experiment], WORDS).describe(
  'In which steps the release comes.',
);

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
    case 'experiment':
      return experimentOf(parsed, routingOf(parsed));
  }
}
