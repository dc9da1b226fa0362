import type { FastifyReply } from 'fastify';
import type { Control, EventRow, Standing } from '../../control/control';
import type { ApiMetrics } from '../../metrics/api';
import { deploymentName } from '../../schemas/deploy-request';
import { principalOf } from '../access';
import { loggedDocument, standingDocument } from '../documents';
import { HttpError } from '../errors';
import { Feeds, type Follower } from '../feed';
import { requireService } from '../scope';
import type { Api } from '../types';

const PING_MS = 15_000;
const MOST = 1_000;
/** Whoever leaves so much unread isn't reading. */
const MOST_UNREAD = 4 * 1024 * 1024;

/** Deployments as they go on: each line of the event log, which can be resumed, and where it stands, which is sent anew. */
export function addStream(app: Api, control: Control, metrics: Pick<ApiMetrics, 'streaming'>): void {
  const feeds = new Feeds(control);
  const open = new Set<FastifyReply['raw']>();
  app.addHook('preClose', async () => open.forEach((raw) => raw.end()));

  app.get(
    '/deployments/:environment/:service/:generation/stream',
    {
      schema: {
        summary: 'Follow it: server-sent events `status`, `event` (with an id, for Last-Event-ID) and `end`',
        tags: ['deployments'],
        security: [{ token: [] }],
        params: deploymentName,
      },
    },
    async (request, reply) => {
      requireService(principalOf(request), request.params);
      if (open.size >= MOST)
        throw new HttpError(429, 'rate_limited', `${MOST} streams are open; ask for the status instead.`, {
          headers: { 'retry-after': '10' },
        });
      // Whatever doesn't exist is told as everywhere.
      await control.status(request.params);
      const after = Number(/^\d{1,15}$/.exec(String(request.headers['last-event-id'] ?? ''))?.[0] ?? 0);
      const { raw } = reply;
      reply.hijack();
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.flushHeaders();
      open.add(raw);
      metrics.streaming(1);
      const leave = feeds.follow(
        request.params,
        writing(raw, after, (error) => request.log.warn({ error: String(error) }, 'a stream ended early')),
      );
      raw.once('close', () => {
        leave();
        open.delete(raw);
        metrics.streaming(-1);
      });
    },
  );
}

/** Writes what is news to this one. */
function writing(raw: FastifyReply['raw'], after: number, warn: (error: unknown) => void): Follower {
  let told = after;
  let read = 0;
  let shown = '';
  let pinged = performance.now();
  return {
    look(log: EventRow[], standing: Standing) {
      if (raw.writableLength > MOST_UNREAD) return void raw.destroy();
      for (; read < log.length; read++) {
        const event = log[read];
        if (event === undefined || event.id <= told) continue;
        told = event.id;
        raw.write(`id: ${event.id}\nevent: event\ndata: ${JSON.stringify(loggedDocument(event))}\n\n`);
      }
      const { duration_ms: _, ...rest } = standing.document;
      if (shown !== JSON.stringify(rest)) {
        shown = JSON.stringify(rest);
        raw.write(`event: status\ndata: ${JSON.stringify(standingDocument(standing))}\n\n`);
      } else if (performance.now() - pinged > PING_MS) {
        pinged = performance.now();
        raw.write(': still there\n\n');
      }
      if (standing.recorded) raw.write('event: end\ndata: {}\n\n');
    },
    end(error) {
      if (error !== undefined) warn(error);
      raw.end();
    },
  };
}
