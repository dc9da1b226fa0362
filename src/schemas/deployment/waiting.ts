import { choice, positiveDuration } from '../scalars';

/** What an approval that never came means, where nothing is said. */
export const ON_TIMEOUT = 'pause';

/** How long somebody is waited for, and what follows when nobody came. */
export const waiting = {
  timeout: positiveDuration().optional().describe('How long to wait. Without it, for ever.'),
  on_timeout: choice(['pause', 'reject'])
    .optional()
    .meta({ shownDefault: `\`${ON_TIMEOUT}\`` })
    .describe('What an approval that never came means.'),
};
