import type { z } from 'zod';
import { parseDuration } from '../domain/duration';
import type { FreezeEnd } from '../domain/freeze';
import { parseInstant } from '../domain/instant';
import { object } from './object';
import { choice, converted, integer, line, name } from './scalars';

const END = 'write a duration such as 2h, or a time with its zone such as 2027-01-02T08:00Z';

const until = converted('text', END, (text): FreezeEnd | undefined => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms > 0 ? { kind: 'after', ms } : undefined;
  const at = parseInstant(text);
  return at === undefined ? undefined : { kind: 'at', at };
});

const scope = {
  environment: name('environment').optional().describe('Without it, everything.'),
  service: name('service').optional().describe('Without it, all of the environment.'),
};

interface Named {
  environment?: string | undefined;
  service?: string | undefined;
}

/** A service is one of an environment. */
function refuseLoneService({ environment, service }: Named, context: z.core.$RefinementCtx): void {
  if (service === undefined || environment !== undefined) return;
  context.addIssue({ code: 'custom', path: ['environment'], message: 'is missing beside service; write both' });
}

/** `POST /freezes` */
export const freezeRequest = object(
  {
    ...scope,
    reason: line('write why; whoever is refused is told'),
    until: until.optional().describe('Without it, until it is lifted.'),
    replace: choice(['true', 'false'])
      .prefault('false')
      .meta({ type: 'true or false' })
      .describe('In place of the freeze that is in force there.'),
  },
  'write { "environment", "service", "reason" }',
).superRefine(refuseLoneService);

/** `POST /freezes/lift` */
export const liftRequest = object(
  { ...scope, reason: line('write why').optional() },
  'write { "environment", "service" }',
)
  .superRefine(refuseLoneService)
  .prefault({});

/** `GET /freezes` */
export const freezesQuery = object(
  {
    environment: name('environment').optional(),
    service: name('service').optional(),
    limit: integer(1, 10_000_000).prefault('50'),
  },
  'write a query like ?environment=production',
);
