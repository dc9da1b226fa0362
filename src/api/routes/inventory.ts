import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { inventoryDocument, sampleDocument } from '../../control/inventory-documents';
import type { Inventory, InventoryRow, RegistrationScope } from '../../control/inventory';
import { hashOf, newSecret, type Tokens } from '../../control/tokens';
import { durationText } from '../../domain/duration';
import { instanceName, instancesQuery, registration, why } from '../../schemas/http';
import { bearerIn, principalOf } from '../access';
import { answers, instance, registered, sample } from '../answers';
import { HttpError } from '../errors';
import type { Limiter } from '../limits';
import { requireRegistrable, scopeOfRegistration, type RegistrationRule } from '../registration';
import { withinOf } from '../scope';
import type { Api } from '../types';

export interface InventoryOptions {
  inventory: Inventory;
  tokens: Pick<Tokens, 'bearerOf'>;
  registration?: RegistrationRule;
  heartbeat: { intervalMs: number; unknownAfterMs: number };
}

const KIB = 1024;
const tags = ['inventory'];
const security = [{ token: [] }];

/** Instances that register, and what people decide about them. */
export function addInventory(app: Api, { inventory, tokens, ...options }: InventoryOptions, limiter: Limiter): void {
  const { intervalMs, unknownAfterMs } = options.heartbeat;
  const registrars = new WeakMap<FastifyRequest, RegistrationScope>();
  /** Who decides about an instance. Whether there is one is told to those who hold for it. */
  const decider = async (request: FastifyRequest, instance: string): Promise<string> => {
    const principal = principalOf(request);
    const { name } = principal;
    const within = withinOf(principal);
    if (Object.keys(within).length === 0 || (await inventory.has(instance, within))) return name;
    throw new HttpError(403, 'forbidden', `${name} does not hold for the instance ${instance}.`);
  };

  app.post(
    '/inventory/register',
    {
      bodyLimit: 16 * KIB,
      // Whoever has no right token is told nothing of the rest, and costs no look at it.
      preValidation: async (request: FastifyRequest) => {
        const secret = (request.body as { token?: unknown } | null | undefined)?.token;
        if (typeof secret !== 'string') return;
        const scope = scopeOfRegistration(secret, options.registration, tokens);
        registrars.set(
          request,
          await scope.catch(async (error: unknown) => {
            if (error instanceof HttpError && error.statusCode === 401) await limiter.failure(request);
            throw error;
          }),
        );
      },
      schema: {
        summary: 'Register an instance, or register it again',
        description:
          'Again: with its present secret as bearer, or while it is unknown (its heartbeats have stopped) or was deleted.',
        tags,
        body: registration,
        response: { ...answers(registered, 201), ...answers(registered) },
      },
    },
    async (request, reply) => {
      const { instance: given } = request.body;
      const holds = registrars.get(request);
      if (holds === undefined) throw new Error('an instance was let in without a token');
      requireRegistrable(holds, given.labels);
      const present = bearerIn(request);
      const secret = newSecret();
      const { port, ...rest } = given;
      const answer = await inventory.register({
        ...rest,
        ...(port === undefined ? {} : { port }),
        secretHash: hashOf(secret),
        ...(present === undefined ? {} : { presentHash: hashOf(present) }),
        unknownAfterMs,
        holds,
      });
      if (answer.kind === 'beyond') throw beyond(given.name);
      if (answer.kind === 'taken') throw taken(given.name);
      const document = {
        instance: inventoryDocument(answer.instance),
        secret,
        next_heartbeat: durationText(intervalMs),
      };
      return reply.code(answer.kind === 'registered' ? 201 : 200).send(document);
    },
  );

  app.get(
    '/inventory/instances',
    {
      schema: {
        summary: 'List instances',
        tags,
        security,
        querystring: instancesQuery,
        response: answers(z.object({ instances: z.array(instance), next: z.string().nullable() })),
      },
    },
    async (request) => {
      const { query } = request;
      const { label, status, code_version: code, configuration_version: configuration, after, limit } = query;
      const rows = await inventory.list({
        within: withinOf(principalOf(request)),
        ...(label === undefined ? {} : { labels: label }),
        ...(status === undefined ? {} : { health: status }),
        ...(code === undefined ? {} : { codeVersion: code }),
        ...(configuration === undefined ? {} : { configurationVersion: configuration }),
        ...(after === undefined ? {} : { after }),
        limit: limit + 1,
      });
      const page = rows.slice(0, limit);
      return { instances: page.map(inventoryDocument), next: rows.length > limit ? (page.at(-1)?.name ?? null) : null };
    },
  );

  app.get(
    '/inventory/instances/:name',
    {
      schema: {
        summary: 'One instance, with its latest heartbeats, the newest first',
        tags,
        security,
        params: instanceName,
        response: answers(instance.extend({ history: z.array(sample) })),
      },
    },
    async (request) => {
      const shown = await inventory.show(request.params.name, withinOf(principalOf(request)));
      return { ...inventoryDocument(shown.instance), history: shown.samples.map(sampleDocument) };
    },
  );

  app.delete(
    '/inventory/instances/:name',
    {
      schema: {
        summary: 'Take an instance out; it may register anew',
        tags,
        security,
        params: instanceName,
        querystring: why,
        response: answers(z.object({ deleted: z.string() })),
      },
    },
    async (request) => {
      const by = await decider(request, request.params.name);
      await inventory.remove(request.params.name, by, request.query.reason);
      return { deleted: request.params.name };
    },
  );

  const decide = (verb: 'exclude' | 'include', summary: string) =>
    app.post(
      `/inventory/instances/:name/${verb}`,
      { schema: { summary, tags, security, params: instanceName, body: why, response: answers(instance) } },
      async (request) => {
        const { name } = request.params;
        const by = await decider(request, name);
        const row: InventoryRow =
          verb === 'exclude'
            ? await inventory.exclude(name, by, request.body.reason)
            : await inventory.include(name, by);
        return inventoryDocument(row);
      },
    );
  decide('exclude', 'Leave an instance out of deployments');
  decide('include', 'Let deployments have an instance again');
}

function beyond(name: string): HttpError {
  const message = `${name} is registered with labels that this token registers no others of.`;
  return new HttpError(403, 'forbidden', message, {
    hints: [
      `if it is another instance, give it another name`,
      `if ${name} is to have other labels from now on, delete it first: \`belay instances delete ${name}\``,
    ],
  });
}

function taken(name: string): HttpError {
  const message = `${name} is registered and alive: an instance of its own needs another name, until that one is silent or deleted.`;
  return new HttpError(409, 'taken', message, {
    hints: [
      "if it is the same instance, send its present secret, too: the header 'authorization: Bearer SECRET'",
      `if it is another one, give it another name; if ${name} is gone, wait until its heartbeats have stopped, or delete it`,
    ],
  });
}
