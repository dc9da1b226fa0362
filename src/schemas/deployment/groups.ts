import type { z } from 'zod';
import type { GroupsSpec } from '../../domain';
import { object } from '../object';
import { anyText, choice, duration, line, list } from '../scalars';

/** `groups:` instances by a label, one group after another. */
export const groups = object(
  {
    by: line('write the name of a label, like region').describe('The label that tells the group of an instance.'),
    order: list(anyText('write a value of the label'), 'write a list of values of the label, like [eu, us]')
      .superRefine((values, context) => {
        for (const [i, each] of values.entries()) {
          if (values.indexOf(each) === i) continue;
          context.addIssue({
            code: 'custom',
            path: [i],
            message: `is ${JSON.stringify(each)} a second time; keep one`,
          });
        }
      })
      .prefault([])
      .describe('Its values, in this order; instances of others come last, together.'),
    bake: duration().prefault('0s').describe('How long to wait between two groups.'),
    approve: choice(['true', 'false'])
      .prefault('false')
      .meta({ type: 'true or false' })
      .describe('Whether each group but the first waits for `belay approve`.'),
  },
  'write a map like { by: region, order: [eu, us], bake: 30m }',
);

export function groupsOf(parsed: z.output<typeof groups>): GroupsSpec {
  const { by, order, bake: bakeMs, approve } = parsed;
  return { by, order, bakeMs, approve: approve === 'true' };
}
