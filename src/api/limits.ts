import type { FastifyRequest } from 'fastify';
import rateLimit from '@fastify/rate-limit';
import { HttpError } from './errors';
import type { Api, Limits } from './types';

/** Heartbeats of instances that are known count by instance: a fleet behind one address may send more than this. */
const USUAL: Limits = { perAddress: 20_000, perToken: 3_000, evaluations: 60_000, failures: 60 };

/** Refuses a request when there were too many like it. */
export interface Limiter {
  address(request: FastifyRequest): Promise<void>;
  /** @param who the token or instance that it was made with */
  token(request: FastifyRequest, who: string): Promise<void>;
  /** Of flags, with a token: there are many. */
  evaluation(request: FastifyRequest, who: string): Promise<void>;
  /** Counts one that wasn't let in. */
  failure(request: FastifyRequest): Promise<void>;
}

/** Counts requests of the last minute, in this process. */
export async function addLimits(app: Api, given: Partial<Limits> = {}): Promise<Limiter> {
  const limits = { ...USUAL, ...given };
  await app.register(rateLimit, { global: false });
  const names = new WeakMap<FastifyRequest, string>();
  const limiter = (max: number, what: string, keyGenerator: (request: FastifyRequest) => string) => {
    const check = app.createRateLimit({ max, timeWindow: '1 minute', keyGenerator });
    return async (request: FastifyRequest) => {
      const { isAllowed, ...rest } = await check(request);
      if (isAllowed || !('isExceeded' in rest) || !rest.isExceeded) return;
      const seconds = rest.ttlInSeconds;
      const message = `More than ${max} requests in a minute ${what}; try again in ${seconds} s.`;
      throw new HttpError(429, 'rate_limited', message, { headers: { 'retry-after': String(seconds) } });
    };
  };
  const perToken = limiter(limits.perToken, 'by this token', (request) => names.get(request) ?? '');
  const evaluations = limiter(limits.evaluations, 'by this token', (request) => names.get(request) ?? '');
  return {
    address: limiter(limits.perAddress, 'from this address', ({ ip }) => ip),
    failure: limiter(limits.failures, 'from this address that were not let in', ({ ip }) => ip),
    token: (request, who) => {
      names.set(request, who);
      return perToken(request);
    },
    evaluation: (request, who) => {
      names.set(request, who);
      return evaluations(request);
    },
  };
}
