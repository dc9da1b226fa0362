import { z } from 'zod';
import { tokenDocument } from '../../control/token-documents';
import type { PeoplesTokens } from '../../control/tokens';
import { tokenName, tokenRequest } from '../../schemas/token-request';
import { principalOf } from '../access';
import { answers } from '../answers';
import { requireAll } from '../scope';
import type { Api } from '../types';

const schema = { tags: ['tokens'], security: [{ token: [] }] };
const token = z.looseObject({});
/** Whoever makes tokens could make one for everything. */
const MAKING = 'looking after tokens';

/** Who may do what: tokens, made, listed and revoked. */
export function addTokens(app: Api, tokens: PeoplesTokens): void {
  app.get(
    '/tokens',
    {
      schema: {
        ...schema,
        summary: 'List tokens, without their secrets',
        response: answers(z.object({ tokens: z.array(token) })),
      },
    },
    async (request) => {
      requireAll(principalOf(request), MAKING);
      return { tokens: (await tokens.list()).map(tokenDocument) };
    },
  );

  app.post(
    '/tokens',
    {
      schema: {
        ...schema,
        summary: 'Make a token; its secret is told here and never again',
        body: tokenRequest,
        response: answers(token, 201),
      },
    },
    async (request, reply) => {
      const { name: by } = requireAll(principalOf(request), MAKING);
      const { environments, services, expires: expiresAt, ...order } = request.body;
      const made = await tokens.create({
        ...order,
        by,
        ...(environments === undefined ? {} : { environments }),
        ...(services === undefined ? {} : { services }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      });
      return reply.code(201).send({ ...tokenDocument(made.token), secret: made.secret });
    },
  );

  app.delete(
    '/tokens/:name',
    { schema: { ...schema, summary: 'End a token at once', params: tokenName, response: answers(token) } },
    async (request) => {
      const { name: by } = requireAll(principalOf(request), MAKING);
      return tokenDocument(await tokens.revoke(request.params.name, by));
    },
  );
}
