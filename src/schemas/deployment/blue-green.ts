import { z } from 'zod';
import type { BlueGreenStrategy } from '../../domain';
import { isName, NAME_RULE } from '../../domain/names';
import { object } from '../object';
import { duration, line, list, mapOf, name, size } from '../scalars';
import { check, stepsOf } from './steps';

const SLOT_LABEL = 'slot';
const LEAST_KEPT_MS = 600_000;
const SLOTS = 'write two groups, like { blue: [web-01], green: [web-02] }';

const slots = mapOf(list(name('instance'), 'write a list of instance ids, like [web-01]', 1), SLOTS).superRefine(
  (groups, context) => {
    const add = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
    const names = Object.keys(groups);
    if (names.length !== 2) {
      add(
        [],
        `has ${names.length} ${names.length === 1 ? 'group' : 'groups'}, and blue-green switches between two; ${SLOTS}`,
      );
    }
    for (const each of names.filter((one) => !isName(one))) add([each], `is no name: ${NAME_RULE}`);
    const seen = new Map<string, string>();
    for (const [group, members] of Object.entries(groups)) {
      if (!Array.isArray(members)) continue;
      for (const [i, member] of members.entries()) {
        const other = seen.get(member);
        if (other !== undefined) add([group, i], `is ${member}, which is in ${other} already; leave it in one group`);
        seen.set(member, group);
      }
    }
  },
);

export const blueGreen = object(
  {
    type: z
      .literal('blue_green')
      .describe(
        'Two groups of instances: the idle one is updated and validated, then all requests are switched to it.',
      ),
    slot_label: line('write the name of a label, like slot')
      .optional()
      .meta({ shownDefault: '`slot`' })
      .describe('The label that tells the group of an instance.'),
    slots: slots
      .optional()
      .meta({ type: 'map of lists of names' })
      .describe('The two groups by their names, where no label tells them.'),
    batch_size: size().prefault('100%').describe('How many instances of the idle group are changed at once.'),
    validate: list(check, 'write a list of steps, like [{ type: hook, name: smoke }]')
      .prefault([])
      .meta({ type: 'list of maps' })
      .describe('What the idle group must pass before it gets requests.'),
    watch_after_switch: duration()
      .optional()
      .meta({ shownDefault: '`analysis.monitoring_duration`; `0s` without `analysis`' })
      .describe('How long the release is measured and judged after the switch: a violation switches back.'),
    keep_for: duration()
      .optional()
      .meta({ shownDefault: '`10m`, or as long as it is watched' })
      .describe(
        'How long, from the switch on, the other group stays as it is, ready to take the requests back; `belay promote` ends it.',
      ),
  },
  'write a map like { type: blue_green, slot_label: slot }',
).check(
  z.superRefine(
    (value, context) => {
      if (value.slots === undefined || value.slot_label === undefined) return;
      const message = 'stand beside slot_label; keep the one that tells the groups';
      context.addIssue({ code: 'custom', path: ['slots'], message });
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  ),
);

type Parsed = z.output<typeof blueGreen>;

/** How long it is watched after the switch. */
export function watchMsOf({ watch_after_switch: said }: Pick<Parsed, 'watch_after_switch'>, monitoringMs = 0): number {
  return said ?? monitoringMs;
}

export function blueGreenOf(parsed: Parsed, monitoringMs?: number): BlueGreenStrategy {
  const watchMs = watchMsOf(parsed, monitoringMs);
  return {
    kind: 'blue_green',
    slotLabel: parsed.slot_label ?? SLOT_LABEL,
    ...(parsed.slots === undefined ? {} : { slots: parsed.slots }),
    batchSize: parsed.batch_size,
    validate: stepsOf(parsed.validate, monitoringMs),
    watchMs,
    keepMs: parsed.keep_for ?? Math.max(LEAST_KEPT_MS, watchMs),
  };
}
