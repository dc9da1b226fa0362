import { z } from 'zod';
import type { RollingStrategy, Size } from '../../domain';
import { object } from '../object';
import { duration, list, size } from '../scalars';

/** What a rollout does when nobody says anything else: one instance first, then quarters. */
export const DEFAULT_BATCHES: Size[] = [
  { kind: 'count', count: 1 },
  { kind: 'percent', percent: 25 },
];

const SIZES = ['batches', 'batch_size', 'window'] as const;

export const rolling = object(
  {
    type: z.literal('rolling').describe('A few instances at a time.'),
    batches: list(size(), 'write a list of sizes, like [1, 10%, 25%]', 1)
      .optional()
      .meta({ type: 'list of counts or percents', shownDefault: '`[1, 25%]`' })
      .describe(
        'Sizes of the batches, one after another; the last one repeats. Percents are of the targeted instances, rounded up.',
      ),
    batch_size: size().optional().describe('The size of every batch: short for `batches` with one entry.'),
    window: size()
      .optional()
      .describe('Instead of batches: this many in flight, and the next one starts when one ends.'),
    pause_between: duration().prefault('0s').describe('How long to wait between two batches.'),
    bake: duration().prefault('0s').describe('How long to watch after the last batch, before it counts as succeeded.'),
  },
  'write a map like { type: rolling, batches: [1, 25%] }',
).check(
  z.superRefine(
    (value, context) => {
      const given = SIZES.filter((key) => value[key] !== undefined);
      for (const key of given.slice(1)) {
        const message = `stands beside ${given[0] ?? ''}; keep one of batches, batch_size and window`;
        context.addIssue({ code: 'custom', path: [key], message });
      }
      if (value.window !== undefined && Number(value.pause_between) > 0) {
        const message = 'has no place in a window, which has no batches to pause between; remove it, or use batches';
        context.addIssue({ code: 'custom', path: ['pause_between'], message });
      }
    },
    // Also beside other problems, so that one run tells all.
    { when: ({ value }) => typeof value === 'object' && value !== null },
  ),
);

export function rollingOf(parsed: z.output<typeof rolling>): RollingStrategy {
  const { batches, batch_size, window, pause_between: pauseBetweenMs, bake: bakeMs } = parsed;
  if (window !== undefined) return { kind: 'rolling', batching: { kind: 'window', size: window }, bakeMs };
  const sizes = batch_size === undefined ? (batches ?? DEFAULT_BATCHES) : [batch_size];
  return { kind: 'rolling', batching: { kind: 'batches', sizes, pauseBetweenMs }, bakeMs };
}
