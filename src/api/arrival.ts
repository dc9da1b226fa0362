import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import type { Api, Arrival } from './types';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How long a body may take to arrive where the usual isn't enough. */
    arrivesWithinMs?: number;
  }
}

/** How long requests may take to arrive, unless a route says otherwise. */
export const USUAL_ARRIVAL: Arrival = { headersMs: 10_000, checkEveryMs: 5_000, bodyMs: 20_000, drainMs: 5_000 };
/** A file of 1 GiB over a slow line; the server's own limit, which knows no routes. */
export const LONGEST_ARRIVAL_MS = 3_600_000;

type Refuse = (error: Error & { code?: string }, socket: Socket) => void;

/** Ends a request whose body doesn't arrive in its route's time, or goes on after its answer, whoever sends it. */
export function addArrival(app: Api, { bodyMs, drainMs }: Arrival, refuse: Refuse): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw, routeOptions } = request;
    const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers;
    if (encoding !== undefined || (length !== undefined && length !== '0')) {
      const late = () => {
        if (raw.complete) return;
        if (reply.raw.headersSent) raw.socket.destroy();
        else refuse(Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), raw.socket);
      };
      const timer = setTimeout(late, routeOptions.config.arrivesWithinMs ?? bodyMs);
      timer.unref();
      raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    const { raw, routeOptions } = request;
    if (!raw.complete) {
      const isSmall = Number(raw.headers['content-length'] ?? Infinity) <= routeOptions.bodyLimit;
      if (isSmall) reply.removeHeader('connection');
      else closeGently(raw.socket, reply);
      drain(raw, drainMs, routeOptions.bodyLimit);
    }
    done();
  });
}

/** Closed at once by the server, the answer could be lost on whoever is still sending: only its own side ends. */
function closeGently(socket: Socket, reply: FastifyReply): void {
  reply.header('connection', 'close');
  socket.destroySoon = () => void socket.end();
}

/** Throws away what still comes of a request that is answered: until its answer can be read, and no more than a body may have. */
function drain(raw: IncomingMessage, ms: number, most: number): void {
  let bytes = 0;
  const timer = setTimeout(() => raw.complete || raw.socket.destroy(), ms);
  timer.unref();
  raw.once('close', () => clearTimeout(timer));
  raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > most) raw.pause();
  });
  raw.resume();
}
