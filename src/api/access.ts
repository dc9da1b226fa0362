import type { FastifyRequest } from 'fastify';
import { isSame, type TokenRole, type TokenRow, type Tokens } from '../control/tokens';
import { HttpError } from './errors';
import type { Evaluators } from './evaluators';
import type { Limiter } from './limits';
import type { Api } from './types';

/**
 * What a route asks for: the least role of a token; `reader`: that of a viewer, or any instance's own secret;
 * `evaluator`: that of a viewer, or a token that is for nothing else;
 * `instance`: the secret of the instance that it is about, which its handler checks; `registration`: a token in its
 * body, likewise; `anyone`: nothing.
 */
export type Access = 'anyone' | 'registration' | 'instance' | 'reader' | 'evaluator' | 'viewer' | 'operator' | 'admin';

/** Who may do what: all of it. A route that isn't here is refused when the API starts. */
export const ACCESS: Record<string, Access> = {
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /metrics': 'viewer',
  'GET /openapi.json': 'anyone',
  'GET /docs': 'anyone',
  'GET /docs/': 'anyone',
  'GET /docs/*': 'anyone',
  'GET /docs/json': 'anyone',
  'GET /docs/yaml': 'anyone',
  'GET /docs/static/*': 'anyone',
  'GET /docs/static/index.html': 'anyone',
  'GET /docs/static/swagger-initializer.js': 'anyone',
  'POST /inventory/register': 'registration',
  'PATCH /inventory/instances/:name': 'instance',
  'GET /inventory/instances': 'viewer',
  'GET /inventory/instances/:name': 'viewer',
  'GET /inventory/drift': 'viewer',
  'DELETE /inventory/instances/:name': 'admin',
  'POST /inventory/instances/:name/exclude': 'admin',
  'POST /inventory/instances/:name/include': 'admin',
  'GET /artifacts': 'viewer',
  'POST /artifacts': 'operator',
  'DELETE /artifacts/:digest': 'admin',
  'GET /artifacts/:digest': 'reader',
  'HEAD /artifacts/:digest': 'reader',
  'POST /deploy': 'operator',
  'POST /deploy/progress': 'operator',
  'POST /deploy/rollback': 'operator',
  'GET /deploy/status': 'viewer',
  'GET /overview': 'viewer',
  'GET /history': 'viewer',
  'GET /freezes': 'viewer',
  'POST /freezes': 'operator',
  'POST /freezes/lift': 'operator',
  'GET /flags': 'viewer',
  'POST /flags': 'operator',
  'GET /flags/:environment/:key': 'viewer',
  'PATCH /flags/:environment/:key': 'operator',
  'DELETE /flags/:environment/:key': 'operator',
  'POST /flags/:environment/:key/evaluate': 'viewer',
  'POST /ofrep/v1/evaluate/flags': 'evaluator',
  'POST /ofrep/v1/evaluate/flags/:key': 'evaluator',
  'GET /tokens': 'admin',
  'POST /tokens': 'admin',
  'DELETE /tokens/:name': 'admin',
  'GET /deployments': 'viewer',
  'POST /deployments': 'operator',
  'POST /deployments/plan': 'viewer',
  'POST /deployments/dry-run': 'viewer',
  'POST /deployments/pause': 'operator',
  'GET /deployments/:environment/:service': 'viewer',
  'GET /deployments/:environment/:service/:generation': 'viewer',
  'GET /deployments/:environment/:service/:generation/instances': 'viewer',
  'GET /deployments/:environment/:service/:generation/events': 'viewer',
  'GET /deployments/:environment/:service/:generation/stream': 'viewer',
  'GET /deployments/:environment/:service/:generation/details': 'viewer',
  'GET /deployments/:environment/:service/:generation/logs': 'viewer',
  'GET /deployments/:environment/:service/:generation/busy': 'viewer',
  'POST /deployments/:environment/:service/abort': 'operator',
  'POST /deployments/:environment/:service/pause': 'operator',
  'POST /deployments/:environment/:service/resume': 'operator',
  'POST /deployments/:environment/:service/approve': 'operator',
  'POST /deployments/:environment/:service/reject': 'operator',
  'POST /deployments/:environment/:service/promote': 'operator',
  'POST /deployments/:environment/:service/skip': 'operator',
  'POST /deployments/:environment/:service/adjust': 'operator',
  'POST /deployments/:environment/:service/rollback': 'operator',
  'POST /deployments/:environment/:service/retry': 'operator',
  'POST /deployments/:environment/:service/:generation/abort': 'operator',
  'POST /deployments/:environment/:service/:generation/pause': 'operator',
  'POST /deployments/:environment/:service/:generation/resume': 'operator',
  'POST /deployments/:environment/:service/:generation/approve': 'operator',
  'POST /deployments/:environment/:service/:generation/reject': 'operator',
  'POST /deployments/:environment/:service/:generation/promote': 'operator',
  'POST /deployments/:environment/:service/:generation/skip': 'operator',
  'POST /deployments/:environment/:service/:generation/adjust': 'operator',
  'POST /deployments/:environment/:service/:generation/rollback': 'operator',
  'POST /deployments/:environment/:service/:generation/retry': 'operator',
};

/** Whoever asks, with what their token holds for. */
export type Principal = Pick<TokenRow, 'name' | 'role' | 'environments' | 'services'>;

const LADDER: TokenRole[] = ['viewer', 'operator', 'admin'];

/** Whether a role is enough. An agent's and an evaluator's are for one thing only, however much they look like the others. */
export function isEnough(role: TokenRole, access: Access): boolean {
  switch (access) {
    case 'anyone':
    case 'registration':
    case 'instance':
      return true;
    case 'reader':
      return LADDER.includes(role);
    case 'evaluator':
      return role === 'evaluator' || LADDER.includes(role);
    case 'viewer':
    case 'operator':
    case 'admin':
      return LADDER.includes(role) && LADDER.indexOf(role) >= LADDER.indexOf(access);
  }
}

const principals = new WeakMap<FastifyRequest, Principal>();

/** Who made this request; only for routes that ask for a role. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new Error(`${request.url} was let in without a token`);
  return principal;
}

export interface Doors {
  tokens: Pick<Tokens, 'bearerOf'>;
  /** Those who evaluate flags, of whom most are known without a question to the database. */
  evaluators: Pick<Evaluators, 'bearerOf'>;
  limiter: Limiter;
  /** The instance that has this secret; those that were deleted have none. */
  instanceOf: (secret: string) => Promise<string | undefined>;
  /** An admin's secret that is in no database: a stack of one machine hands it out. */
  devToken?: string;
}

/** Lets nobody in but by the table. To be called before any route is added. */
export function guard(app: Api, doors: Doors): void {
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) {
      if (each === 'HEAD' && ACCESS[`GET ${url}`] === 'anyone') continue;
      if (ACCESS[`${each} ${url}`] === undefined) {
        throw new Error(`Nobody has said who may ${each} ${url}: add it to the table in src/api/access.ts`);
      }
    }
  });
  app.addHook('onRequest', async (request) => {
    const access = accessOf(request);
    if (access === undefined || access === 'anyone' || access === 'registration') return;
    if (access === 'instance') return void bearerOf(request);
    await letIn(request, access, doors);
  });
}

/** What the route of a request asks for; nothing where there is no such route. */
export function accessOf({ routeOptions: { url, method } }: FastifyRequest): Access | undefined {
  if (url === undefined) return undefined;
  return ACCESS[`${String(method)} ${url}`] ?? ACCESS[`GET ${url}`] ?? 'admin';
}

async function letIn(request: FastifyRequest, access: Access, doors: Doors): Promise<void> {
  const { limiter, instanceOf, devToken } = doors;
  const tokens = access === 'evaluator' ? doors.evaluators : doors.tokens;
  const secret = bearerOf(request);
  const principal = await principalFor(secret, tokens, devToken);
  if ('refused' in principal) {
    const instance = access === 'reader' ? await instanceOf(secret) : undefined;
    if (instance !== undefined) return limiter.token(request, `instance ${instance}`);
    await limiter.failure(request);
    throw unauthenticated(principal.refused);
  }
  principals.set(request, principal);
  await limiter[access === 'evaluator' ? 'evaluation' : 'token'](request, `token ${principal.name}`);
  if (isEnough(principal.role, access)) return;
  const needed = access === 'reader' ? 'viewer' : access;
  const message = `${principal.name} has the role ${principal.role}; this takes the role ${needed}.`;
  throw new HttpError(403, 'forbidden', message, { hints: [`\`belay token create NAME --role ${needed}\` makes one`] });
}

/** Whether whoever made a request would still be let in: a token ends also while its answer goes on. */
export async function isStillIn(request: FastifyRequest, { tokens, devToken }: Doors): Promise<boolean> {
  return !('refused' in (await principalFor(bearerOf(request), tokens, devToken)));
}

async function principalFor(
  secret: string,
  tokens: Doors['tokens'],
  devToken: string | undefined,
): Promise<Principal | { refused: string }> {
  if (devToken !== undefined && isSame(secret, devToken)) return { name: 'dev', role: 'admin' };
  const bearer = await tokens.bearerOf(secret);
  switch (bearer.kind) {
    case 'known':
      return bearer.token;
    case 'unknown':
      return { refused: 'The token is not known.' };
    case 'expired':
      return { refused: 'The token has expired.' };
    case 'revoked':
      return { refused: 'The token was revoked.' };
  }
}

/** The secret that was sent; an answer in words where none was. */
export function bearerOf(request: FastifyRequest): string {
  const secret = bearerIn(request);
  if (secret !== undefined) return secret;
  throw unauthenticated("This takes a token: send the header 'authorization: Bearer TOKEN'.");
}

/** The secret that was sent, if one was. */
export function bearerIn({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +([\x21-\x7e]{1,512})$/i.exec(headers.authorization ?? '')?.[1];
}

export function unauthenticated(message: string): HttpError {
  const hints = ['`belay token create NAME --role ROLE` makes a token; `belay token list` has those in force'];
  return new HttpError(401, 'unauthenticated', message, { hints, headers: { 'www-authenticate': 'Bearer' } });
}
