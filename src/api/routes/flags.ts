import { z } from 'zod';
import { flagDocument, toldDocument } from '../../control/flag-documents';
import type { Flags } from '../../control/flags';
import type { Context } from '../../domain/flags';
import { changeOf, flagName, flagPatch, flagRequest, newFlag } from '../../schemas/flag';
import { evaluateRequest, flagRemoval, flagsQuery, versionHeaders } from '../../schemas/flag-request';
import { principalOf } from '../access';
import { answers } from '../answers';
import { readTypedBodies } from '../bodies';
import { loggedDocument } from '../documents';
import { requireEnvironment, requireScope } from '../scope';
import type { Api } from '../types';

const schema = { tags: ['flags'], security: [{ token: [] }] };
const flag = z.looseObject({});
const etagOf = (version: number) => ({ etag: `"${version}"` });

/** Feature flags as people look at them and change them. A flag is an environment's: it is of no service. */
export function addFlags(app: Api, flags: Flags): void {
  void app.register(async (scoped) => {
    readTypedBodies(scoped);
    addLooks(scoped, flags);
    addChanges(scoped, flags);
  });
}

function addLooks(app: Api, flags: Flags): void {
  app.get(
    '/flags',
    {
      schema: {
        ...schema,
        summary: 'List flags',
        querystring: flagsQuery,
        response: answers(z.object({ flags: z.array(flag) })),
      },
    },
    async (request) => {
      const { environment, key } = request.query;
      const { environments } = principalOf(request);
      const rows = await flags.list({
        ...(environments === undefined ? {} : { environments }),
        ...(key === undefined ? {} : { key }),
      });
      const wanted = rows.filter((row) => environment === undefined || row.environment === environment);
      return { flags: wanted.map(flagDocument) };
    },
  );

  app.get(
    '/flags/:environment/:key',
    { schema: { ...schema, summary: 'One flag, and what happened to it', params: flagName, response: answers(flag) } },
    async (request, reply) => {
      requireEnvironment(principalOf(request), request.params.environment);
      const { flag: row, events } = await flags.show(request.params);
      reply.headers(etagOf(row.version));
      return { ...flagDocument(row), history: events.map(loggedDocument) };
    },
  );

  app.post(
    '/flags/:environment/:key/evaluate',
    {
      schema: {
        ...schema,
        summary: 'What a user gets, and why',
        params: flagName,
        body: evaluateRequest,
        response: answers(flag),
      },
    },
    async (request) => {
      requireEnvironment(principalOf(request), request.params.environment);
      const { user, attributes } = request.body;
      const context = { ...(attributes as Context), ...(user === undefined ? {} : { targetingKey: user }) };
      return toldDocument(await flags.evaluate(request.params, context));
    },
  );
}

function addChanges(app: Api, flags: Flags): void {
  app.post(
    '/flags',
    { schema: { ...schema, summary: 'Make a flag', body: flagRequest, response: answers(flag, 201) } },
    async (request, reply) => {
      const { environment, key, reason, ...given } = request.body;
      const principal = principalOf(request);
      requireScope(principal, { environment });
      const row = await flags.create(newFlag(environment, key, given), because(principal.name, reason));
      return reply.code(201).headers(etagOf(row.version)).send(flagDocument(row));
    },
  );

  app.patch(
    '/flags/:environment/:key',
    {
      schema: {
        ...schema,
        summary: 'Change parts of a flag',
        description:
          'What isn’t sent stays. With `If-Match` and the version that was seen, it is refused (412) where somebody ' +
          'changed the flag since; users, rules and variants are replaced as a whole, and take it (428).',
        params: flagName,
        headers: versionHeaders,
        body: flagPatch,
        response: answers(flag),
      },
    },
    async (request, reply) => {
      const { params, headers } = request;
      const { reason, ...given } = request.body;
      const principal = principalOf(request);
      requireScope(principal, { environment: params.environment });
      const asker = { ...because(principal.name, reason), ...versionIn(headers) };
      const { flag: row, unchanged } = await flags.change(params, changeOf(given), asker);
      return reply.headers(etagOf(row.version)).send({ ...flagDocument(row), unchanged });
    },
  );

  app.delete(
    '/flags/:environment/:key',
    {
      schema: {
        ...schema,
        summary: 'Delete a flag',
        params: flagName,
        querystring: flagRemoval,
        headers: versionHeaders,
        response: answers(flag),
      },
    },
    async (request) => {
      const { params, headers, query } = request;
      const principal = principalOf(request);
      requireScope(principal, { environment: params.environment });
      await flags.remove(params, { ...because(principal.name, query.reason), ...versionIn(headers) });
      return { ...params, deleted: true };
    },
  );
}

function because(actor: string, reason: string | undefined) {
  return { actor, ...(reason === undefined ? {} : { reason }) };
}

function versionIn({ 'if-match': version }: { 'if-match'?: number | 'any' | undefined }): { version?: number } {
  return typeof version === 'number' ? { version } : {};
}
