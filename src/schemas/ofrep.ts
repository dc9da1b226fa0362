import { z } from 'zod';
import { name } from './scalars';
import { stateOf } from './wording';

const CONTEXT = 'write a map, like { "targetingKey": "ann", "plan": "pro" }';

const context = z
  .record(z.string(), z.unknown(), { error: ({ input }) => `${stateOf(input)}; ${CONTEXT}` })
  .superRefine(({ targetingKey }, refinement) => {
    if (targetingKey === undefined || typeof targetingKey === 'string') return;
    const message = `${stateOf(targetingKey)}; write a text`;
    refinement.addIssue({ code: 'custom', path: ['targetingKey'], message });
  });

/** `POST /ofrep/v1/evaluate/flags` and of one flag. Other keys are for later versions of the protocol. */
export const evaluationRequest = z
  .looseObject(
    { context: context.prefault({}).describe('Who asks: targetingKey, and what else is known of them.') },
    { error: ({ input }) => `${stateOf(input)}; write { "context": { "targetingKey": "ann" } }` },
  )
  .prefault({});

/** Whatever other headers there are is nobody's business. */
export const evaluationHeaders = z.looseObject({
  'x-belay-environment': name('environment')
    .optional()
    .describe('Whose flags; not needed where the token holds for one environment.'),
  'if-none-match': z.string().optional(),
});

/** Any key: one that no flag can have is just not found. */
export const flagKey = z.object({ key: z.string() });

const value = z.unknown();
const metadata = z.object({ environment: z.string(), version: z.int() });

/** What a user gets. */
export const evaluated = z.object({
  key: z.string(),
  value,
  variant: z.string().optional(),
  reason: z.string().optional(),
  metadata: metadata.optional(),
});

/** What a user gets of every flag; where it can't be told, why not. */
export const manyEvaluated = z.object({
  flags: z.array(evaluated.extend({ errorCode: z.string().optional(), errorDetails: z.string().optional() })),
});
