import { z } from 'zod';
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

/** Who is waited for without an end always comes in time. */
export const endsWaiting = z.superRefine<{ timeout?: unknown; on_timeout?: unknown }>(
  (value, context) => {
    if (context.issues.length > 0 || value.on_timeout === undefined || value.timeout !== undefined) return;
    const message = 'means nothing without a timeout; write one, like timeout: 4h, or remove it';
    context.addIssue({ code: 'custom', path: ['on_timeout'], message });
  },
  { when: ({ value }) => typeof value === 'object' && value !== null },
);
