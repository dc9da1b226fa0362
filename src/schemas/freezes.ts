import { z } from 'zod';
import type { PlannedFreeze } from '../domain/calendar/planned-freeze';
import { parseInstant } from '../domain/instant';
import { refuseNever, windowOf, windowShape } from './deployment/windows';
import { object } from './object';
import { converted, line, list, name } from './scalars';

const instant = converted('time', 'write a time with its zone, like 2027-01-04T08:00+01:00', parseInstant);

const common = {
  environment: name('environment').optional(),
  services: list(name('service'), 'write a list of services, like [web]', 1).optional(),
  reason: line('write why, for whoever waits', 500),
};

const between = object(
  { ...common, from: instant, until: instant },
  'write { from: "2026-12-20T00:00+01:00", until: "2027-01-04T08:00+01:00", reason: Christmas }',
)
  .check(
    z.superRefine(({ from, until }, context) => {
      if (from < until) return;
      context.addIssue({ code: 'custom', path: ['until'], message: 'is not after from, so that it never holds' });
    }),
  )
  .transform(({ from, until, ...rest }) => ({
    ...rest,
    when: { kind: 'between' as const, from: from.getTime(), until: until.getTime() },
  }));

const WEEKLY =
  'write { days: [fri], from: "15:00", to: "24:00", time_zone: Europe/Berlin, reason: "no Friday evenings" }';

const weekly = object({ ...common, ...windowShape }, WEEKLY)
  .check(z.superRefine(refuseNever))
  .transform(({ environment, services, reason, ...window }) => ({
    environment,
    services,
    reason,
    when: { kind: 'weekly' as const, window: windowOf(window) },
  }));

/** One freeze: with an end that is a moment it is between two dates, else it is weekly. */
const freeze = z.unknown().transform((given, context) => {
  const isBetween = typeof given === 'object' && given !== null && Object.hasOwn(given, 'until');
  const parsed = (isBetween ? between : weekly).safeParse(given);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: undefined });
  return z.NEVER;
});

/** `freezes:` of a belay.yaml: when deployments wait, with nobody having to freeze anything. */
export const freezes = list(freeze, 'write a list of maps with from, until or to, and reason');

export function freezesOf(parsed: z.output<typeof freezes>): PlannedFreeze[] {
  return parsed.map(({ environment, services, reason, when }) => ({
    reason,
    when,
    ...(environment === undefined ? {} : { environment }),
    ...(services === undefined ? {} : { services }),
  }));
}
