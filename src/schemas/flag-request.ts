import { z } from 'zod';
import { object } from './object';
import { converted, line, name } from './scalars';
import { stateOf } from './wording';

const user = line("write the user's targeting key", 512);

/** `GET /flags` */
export const flagsQuery = object(
  { environment: name('environment').optional(), key: name('flag').optional() },
  'write a query like ?environment=production',
);

/** `DELETE /flags/{environment}/{key}` */
export const flagRemoval = object({ reason: line('write why').optional() }, 'write ?reason=…');

/** `POST /flags/{environment}/{key}/evaluate` */
export const evaluateRequest = object(
  {
    user: user.optional().describe("The user's targeting key."),
    attributes: z
      .record(z.string(), z.unknown(), { error: ({ input }) => `${stateOf(input)}; write { "plan": "pro" }` })
      .prefault({})
      .describe('What is known of the user.'),
  },
  'write { "user", "attributes" }',
).prefault({});

const version = converted('text', 'write the version in quotes, as ETag told it: "17"', (text) => {
  if (text.trim() === '*') return 'any' as const;
  const [, digits] = /^\s*(?:W\/)?"?([1-9]\d{0,14})"?\s*$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
});

/** Whatever other headers there are is nobody's business. */
export const versionHeaders = z.looseObject({
  'if-match': version.optional().describe('The version that it must still be of.'),
});
