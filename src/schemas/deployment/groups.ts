import type { z } from 'zod';
import type { GroupsSpec } from '../../domain';
import { OTHERS } from '../../domain/groups';
import { object } from '../object';
import { anyText, choice, duration, line, list } from '../scalars';

/** `groups:` instances by a label, one group after another. */
export const groups = object(
  {
    by: line('write the name of a label, like region').describe('The label that tells the group of an instance.'),
    order: list(anyText('write a value of the label'), 'write a list of values of the label, like [eu, us]', 1)
      .superRefine((values, context) => {
        for (const [i, each] of values.entries()) {
          if (each === OTHERS) {
            const message = `is ${OTHERS}, which instances of no other group are called; give the label another value`;
            context.addIssue({ code: 'custom', path: [i], message });
          }
          if (values.indexOf(each) === i) continue;
          context.addIssue({
            code: 'custom',
            path: [i],
            message: `is ${JSON.stringify(each)} a second time; keep one`,
          });
        }
      })
      .describe('Its values, in this order; instances of others come last, together.'),
    bake: duration().prefault('0s').describe('How long to wait between two groups.'),
    approve: choice(['true', 'false'])
      .prefault('false')
      .meta({ type: 'true or false' })
      .describe('Whether each group but the first waits for `belay approve`.'),
    task_queue: line('write the name of a task queue, like belay-{{group}}', 255)
      .refine((text) => text.includes('{{group}}'), {
        error: 'is the same for all groups; write {{group}} where its name is to stand',
      })
      .optional()
      .describe(
        'Where the workers of each group wait for their instances, with `{{group}}` for its name: `BELAY_TASK_QUEUE=belay-eu belay worker`. Without it, any worker changes any instance.',
      ),
  },
  'write a map like { by: region, order: [eu, us], bake: 30m }',
);

export function groupsOf(parsed: z.output<typeof groups>): GroupsSpec {
  const { by, order, bake: bakeMs, approve, task_queue: taskQueue } = parsed;
  return { by, order, bakeMs, approve: approve === 'true', ...(taskQueue === undefined ? {} : { taskQueue }) };
}
