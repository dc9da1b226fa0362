import { object } from '../object';
import { choice, converted, line } from '../scalars';

/** Of a header (RFC 9110) or of a cookie (RFC 6265). */
const token = converted('text', 'write the name of a header or cookie, like x-canary', (text) =>
  /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(text) ? text : undefined,
);

const where = choice(['header', 'cookie']);

/** Requests that always go to the release. */
export const match = object(
  {
    type: where.describe('Where it is looked for in a request.'),
    name: token.describe('Its name.'),
    value: line('write the value that testers send, like "1"', 256).describe('Its value, exactly.'),
  },
  'write a map like { type: header, name: x-canary, value: "1" }',
);

/** What tells users apart. */
export const sticky = object(
  { type: where.describe('Where it is looked for in a request.'), name: token.describe('Its name.') },
  'write a map like { type: cookie, name: uid }',
);
