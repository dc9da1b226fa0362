import type { z } from 'zod';
import type { Routing } from '../../domain/traffic';
import { object } from '../object';
import { choice, converted, line, list } from '../scalars';

const TOKEN = 'write the name of a header or cookie, like x-canary, with letters, digits, dashes, underscores and dots';

/** Of a header (RFC 9110) or of a cookie (RFC 6265), as far as HAProxy takes it without quotes. */
const token = converted('text', TOKEN, (text) => (/^[A-Za-z0-9._-]{1,128}$/.test(text) ? text : undefined));

const where = choice(['header', 'cookie']);

/** Requests that always go to the release. */
const match = object(
  {
    type: where.describe('Where it is looked for in a request.'),
    name: token.describe('Its name.'),
    value: line('write the value that testers send, like "1"', 256).describe('Its value, exactly.'),
  },
  'write a map like { type: header, name: x-canary, value: "1" }',
);

/** What tells users apart. */
const sticky = object(
  { type: where.describe('Where it is looked for in a request.'), name: token.describe('Its name.') },
  'write a map like { type: cookie, name: uid }',
);

/** Keys of strategies that share requests. */
export const routing = {
  match: list(match, 'write a list like [{ type: header, name: x-canary, value: "1" }]')
    .prefault([])
    .describe('Requests that go to the release before it has any other traffic: those of testers.'),
  sticky: sticky.optional().describe('What tells users apart, so that each stays on the side they are on.'),
};

export function routingOf({ match: matches, sticky: by }: z.output<z.ZodObject<typeof routing>>): Routing {
  return {
    match: matches.map(({ type: kind, ...rest }) => ({ kind, ...rest })),
    ...(by === undefined ? {} : { sticky: { kind: by.type, name: by.name } }),
  };
}
