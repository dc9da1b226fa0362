import type { Socket } from 'node:net';
import type { Api } from './types';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How long a body may take to arrive where the usual isn't enough. */
    arrivesWithinMs?: number;
  }
}

const USUAL_MS = 20_000;
/** A file of 1 GiB over a slow line; the server's own limit, which knows no routes. */
export const LONGEST_ARRIVAL_MS = 3_600_000;

/** Ends a request whose body doesn't arrive in its route's time, whoever sends it. */
export function addArrival(app: Api, refuse: (error: Error & { code?: string }, socket: Socket) => void): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { raw, routeOptions } = request;
    const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers;
    if (encoding !== undefined || (length !== undefined && length !== '0')) {
      const late = () => {
        if (!raw.complete) refuse(Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), raw.socket);
      };
      const timer = setTimeout(late, routeOptions.config.arrivesWithinMs ?? USUAL_MS);
      timer.unref();
      raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
}
