import helmet from '@fastify/helmet';
import Fastify, { LogController, type FastifyReply, type FastifyRequest } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { UnknownDeployment } from '../control/find';
import { hashOf } from '../control/tokens';
import { accessOf, guard, isStillIn, principalOf, type Doors } from './access';
import { Acquaintances } from './acquaintances';
import { addArrival, LONGEST_ARRIVAL_MS, USUAL_ARRIVAL } from './arrival';
import { readBodiesLikeFiles } from './bodies';
import { documentOf, HttpError } from './errors';
import { addLimits } from './limits';
import { addOpenApi } from './openapi';
import { withinOf } from './scope';
import { createArtifacts } from '../control/artifacts';
import { addArtifacts } from './routes/artifacts';
import { addShelf } from './routes/shelf';
import { addDeployments } from './routes/deployments';
import { addDrift } from './routes/drift';
import { Evaluators } from './evaluators';
import { heededBy } from '../control/flag-cache';
import { addOfrep } from './routes/ofrep';
import { send } from './send';
import { addFlags } from './routes/flags';
import { addFreezes } from './routes/freezes';
import { addHeartbeat } from './routes/heartbeat';
import { addInventory } from './routes/inventory';
import { addHealth } from './routes/health';
import { addLooking } from './routes/looking';
import { addMessages } from './routes/messages';
import { addMetrics, countAnswers } from './routes/metrics';
import { addStart } from './routes/start';
import { addStream } from './routes/stream';
import { addTokens } from './routes/tokens';
import type { Api, ApiOptions } from './types';

const KIB = 1024;
/** What runs in a connection that says nothing, and how long the end of the process waits for answers. */
const IDLE_MS = 300_000;

/** Nothing from elsewhere: the page of the API brings what it needs. Plain HTTP is not upgraded; a proxy does that. */
const POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
  },
};

/** The HTTP API, not yet listening. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const arrival = { ...USUAL_ARRIVAL, ...options.settings.arrival };
  const app = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 256 * KIB,
    requestTimeout: LONGEST_ARRIVAL_MS,
    connectionTimeout: IDLE_MS,
    http: { headersTimeout: arrival.headersMs, connectionsCheckingInterval: arrival.checkEveryMs },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200, querystringParser: queryOf },
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    frameworkErrors: (error, request, reply) =>
      void send(error, request, reply as unknown as FastifyReply, options.explain),
    clientErrorHandler: refuseGarbage,
  }).withTypeProvider<ZodTypeProvider>() as Api;
  app.setSerializerCompiler(serializerCompiler);
  readBodiesLikeFiles(app);
  app.setErrorHandler(async (error, request, reply) =>
    send(await told(error, request), request, reply, options.explain),
  );
  app.setNotFoundHandler((request, reply) => {
    const message = `There is no ${request.method} ${pathOf(request)}.`;
    const hints = ['GET /openapi.json lists what there is, and /docs shows it'];
    return send(new HttpError(404, 'not_found', message, { hints }), request, reply, options.explain);
  });
  const { settings, tokens, inventory, control, metrics, flagCache } = options;
  const limiter = await addLimits(app, settings.limits);
  addArrival(app, arrival, refuseGarbage);
  const acquaintances = new Acquaintances();
  const evaluators = new Evaluators(tokens, flagCache);
  app.addHook('onRequest', (request) => {
    const instance = acquaintances.behind(request);
    if (instance !== undefined) return limiter.token(request, `instance ${instance}`);
    return evaluators.knows(request) ? Promise.resolve() : limiter.address(request);
  });
  const instanceOf = (secret: string) => inventory.withSecret(hashOf(secret));
  const doors: Doors = {
    tokens,
    evaluators,
    limiter,
    instanceOf,
    ...(settings.devToken === undefined ? {} : { devToken: settings.devToken }),
  };
  guard(app, doors);
  await app.register(helmet, { contentSecurityPolicy: POLICY, strictTransportSecurity: false });
  app.addHook('onResponse', logAnswer);
  countAnswers(app, metrics);
  await addOpenApi(app, options.version);
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  addHealth(app, options);
  addMetrics(app, metrics);
  addInventory(app, { inventory, tokens, ...settings }, limiter);
  const artifacts = createArtifacts(options.artifacts, options.artifactBooks);
  addArtifacts(app, options.artifacts, artifacts);
  addShelf(app, artifacts);
  addHeartbeat(app, { inventory, metrics, acquaintances, ...settings }, limiter);
  addDrift(app, control);
  addDeployments(app, { control, ...options.deploying });
  addStart(app, { control, ...options.deploying });
  addMessages(app, { control, ...options.deploying });
  addLooking(app, control);
  addFreezes(app, control);
  addFlags(app, heededBy(flagCache, options.flags));
  addOfrep(app, flagCache, options);
  addTokens(app, {
    ...tokens,
    revoke: async (...whose) => {
      const revoked = await tokens.revoke(...whose);
      await flagCache.renew().catch(() => undefined);
      return revoked;
    },
  });
  addStream(app, { control, metrics, settings: settings.streams, isStillIn: (request) => isStillIn(request, doors) });
  await app.ready();
  return app;
}

/** A refusal speaks of nothing that its token doesn't hold for. */
async function told(error: unknown, request: FastifyRequest): Promise<unknown> {
  if (!(error instanceof UnknownDeployment)) return error;
  return error.within(withinOf(principalOf(request))).catch((fault: unknown) => fault);
}

/** A query like ?label=a&label=b, without a prototype to write to. */
function queryOf(text: string): Record<string, string | string[]> {
  const query = Object.create(null) as Record<string, string | string[]>;
  for (const [key, value] of new URLSearchParams(text)) {
    const before = query[key];
    if (before === undefined) query[key] = value;
    else query[key] = [...(Array.isArray(before) ? before : [before]), value];
  }
  return { ...query };
}

const GARBAGE: Record<string, [status: string, code: string, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'timeout', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'too_large', 'The headers are too large.'],
};

/** What isn't even HTTP: told on the socket. */
function refuseGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const [status, code, message] = GARBAGE[error.code ?? ''] ?? [
    '400 Bad Request',
    'bad_request',
    'That is no HTTP request.',
  ];
  const body = JSON.stringify(documentOf(new HttpError(Number.parseInt(status), code, message)));
  const head = ['Connection: close', 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];
  socket.end([`HTTP/1.1 ${status}`, ...head, '', body].join('\r\n'));
}

/** Evaluations are looks, and as many as heartbeats. */
function isTold(request: FastifyRequest): boolean {
  return (request.method === 'POST' && accessOf(request) !== 'evaluator') || request.method === 'DELETE';
}

/** Changes are told, looks and heartbeats only to those who want everything. Queries and headers may hold secrets. */
function logAnswer(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { method, ip } = request;
  const { statusCode } = reply;
  const level = statusCode >= 500 ? 'warn' : isTold(request) ? 'info' : 'debug';
  const ms = Math.round(reply.elapsedTime);
  request.log[level]({ method, path: pathOf(request), status: statusCode, ms, ip }, 'request');
  done();
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0]?.slice(0, 200) ?? '';
}
