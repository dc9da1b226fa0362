import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FlagCache } from '../../control/flag-cache';
import type { FlagRow } from '../../control/flags';
import { evaluate, type Context } from '../../domain/flags';
import { suggestion } from '../../domain/names';
import { evaluated, evaluationHeaders, evaluationRequest, flagKey, manyEvaluated } from '../../schemas/ofrep';
import { principalOf } from '../access';
import { answers } from '../answers';
import { readTypedBodies } from '../bodies';
import { HttpError } from '../errors';
import { requireEnvironment } from '../scope';
import { send } from '../send';
import type { Api, ApiOptions } from '../types';

const PATH = '/ofrep/v1/evaluate/flags';
const schema = {
  tags: ['flags'],
  security: [{ token: [] }],
  headers: evaluationHeaders,
  body: evaluationRequest,
};

/** What a user gets, as OpenFeature's clients ask for it: the OpenFeature Remote Evaluation Protocol, OFREP. */
export function addOfrep(app: Api, cache: FlagCache, { explain }: Pick<ApiOptions, 'explain'>): void {
  app.addHook('onReady', async () => cache.start());
  app.addHook('onClose', async () => cache.stop());
  void app.register(async (scoped) => {
    readTypedBodies(scoped);
    scoped.setErrorHandler((error, request, reply) => {
      const { key } = (request.params ?? {}) as { key?: string };
      return send(error, request, reply, explain, (answer) => inItsWords(answer, key));
    });
    addOne(scoped, cache);
    addAll(scoped, cache);
  });
}

function addOne(app: Api, cache: FlagCache): void {
  app.post(
    `${PATH}/:key`,
    {
      schema: {
        ...schema,
        summary: 'What a user gets of one flag (OFREP)',
        params: flagKey,
        response: answers(evaluated),
      },
    },
    async (request) => {
      const environment = environmentOf(request, request.headers['x-belay-environment']);
      const { key } = request.params;
      const flags = await cache.of(environment);
      const flag = flags.get(key);
      if (flag !== undefined) return told(flag, request.body.context as Context);
      const meant = suggestion(key, flags.keys());
      const hints = meant === '' ? [] : [meant];
      throw new HttpError(404, 'not_found', `There is no flag ${key} in ${environment}.`, { hints });
    },
  );
}

function addAll(app: Api, cache: FlagCache): void {
  app.post(
    PATH,
    {
      schema: {
        ...schema,
        summary: 'What a user gets of every flag (OFREP)',
        description: 'With `If-None-Match` and the `ETag` of an earlier answer, 304 where it would be the same.',
        response: answers(manyEvaluated),
      },
    },
    async (request, reply) => {
      const environment = environmentOf(request, request.headers['x-belay-environment']);
      const context = request.body.context as Context;
      const flags = [...(await cache.of(environment)).values()].map((flag) => toldOrNot(flag, context));
      const etag = `"${createHash('sha256').update(JSON.stringify(flags)).digest('base64url')}"`;
      reply.header('etag', etag);
      return isKnown(request.headers['if-none-match'], etag) ? notModified(reply) : { flags };
    },
  );
}

/** The one that a token holds for, or the one that is named. */
function environmentOf(request: FastifyRequest, named: string | undefined): string {
  const principal = principalOf(request);
  if (named !== undefined) {
    requireEnvironment(principal, named);
    return named;
  }
  const [only, ...others] = principal.environments ?? [];
  if (only !== undefined && others.length === 0) return only;
  const message = `${principal.name} holds for several environments: the header X-Belay-Environment must name one.`;
  const hints = ['`belay token create NAME --role evaluator --environment E` makes a token for one'];
  throw new HttpError(400, 'environment_missing', message, { hints });
}

function told(flag: FlagRow, context: Context) {
  const answer = toldOrNot(flag, context);
  if (answer.value !== undefined) return answer;
  throw new HttpError(400, 'targeting_key_missing', answer.errorDetails);
}

function toldOrNot(flag: FlagRow, context: Context) {
  const { key, environment, version } = flag;
  const evaluation = evaluate(flag, context);
  if (!evaluation.ok) {
    const errorDetails = `What ${key} is depends on who asks: the context must have a targetingKey.`;
    return { key, value: undefined, errorCode: evaluation.error, errorDetails };
  }
  const { value, variant, reason } = evaluation;
  return { key, value: value as NonNullable<typeof value>, variant, reason, metadata: { environment, version } };
}

function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag);
}

function notModified(reply: FastifyReply): never {
  return reply.code(304).send() as never;
}

/** The protocol's codes beside our own words; it knows no 422. */
function inItsWords({ statusCode, code, message }: HttpError, key: string | undefined) {
  const status = statusCode === 422 ? 400 : statusCode;
  const more = { ...(key === undefined ? {} : { key }), errorCode: codeOf(statusCode, code), errorDetails: message };
  return { status, more };
}

function codeOf(status: number, code: string): string {
  if (code === 'targeting_key_missing') return 'TARGETING_KEY_MISSING';
  if (status === 404) return 'FLAG_NOT_FOUND';
  if (status === 422) return 'INVALID_CONTEXT';
  if (code === 'invalid_json' || status === 415) return 'PARSE_ERROR';
  return 'GENERAL';
}
