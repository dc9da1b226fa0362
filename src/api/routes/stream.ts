import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { Control } from '../../control/control';
import type { DeploymentName } from '../../control/name';
import { deploymentName } from '../../schemas/deploy-request';
import type { ApiMetrics } from '../../metrics/api';
import { principalOf } from '../access';
import { loggedDocument, standingDocument } from '../documents';
import { HttpError } from '../errors';
import { requireService } from '../scope';
import type { Api } from '../types';

const LOOK_MS = 1_000;
const PING_MS = 15_000;
const MOST = 100;

/** Deployments as they go on: each line of the event log, which can be resumed, and where it stands, which is sent anew. */
export function addStream(app: Api, control: Control, metrics: Pick<ApiMetrics, 'streaming'>): void {
  const stopping = new AbortController();
  let open = 0;
  app.addHook('preClose', async () => stopping.abort());

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
      if (open >= MOST)
        throw new HttpError(429, 'rate_limited', `${MOST} streams are open; ask for the status instead.`);
      // Whatever doesn't exist is told as everywhere.
      await control.status(request.params);
      const after = Number(/^\d{1,15}$/.exec(String(request.headers['last-event-id'] ?? ''))?.[0] ?? 0);
      open++;
      metrics.streaming(1);
      const gone = AbortSignal.any([stopping.signal, closed(reply)]);
      reply.hijack();
      try {
        await follow(control, request.params, reply, after, gone);
      } catch (error) {
        request.log.warn({ error: String(error) }, 'a stream ended early');
      } finally {
        open--;
        metrics.streaming(-1);
        reply.raw.end();
      }
    },
  );
}

async function follow(
  control: Control,
  name: DeploymentName,
  reply: FastifyReply,
  after: number,
  gone: AbortSignal,
): Promise<void> {
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  let told = after;
  let shown = '';
  let pinged = Date.now();
  while (!gone.aborted) {
    const standing = await control.status(name);
    // Read after the status: what led to the end is told before it.
    for (const event of await control.events(name)) {
      if (event.id <= told) continue;
      told = event.id;
      raw.write(`id: ${event.id}\nevent: event\ndata: ${JSON.stringify(loggedDocument(event))}\n\n`);
    }
    const { duration_ms: _, ...rest } = standing.document;
    if (shown !== JSON.stringify(rest)) {
      shown = JSON.stringify(rest);
      raw.write(`event: status\ndata: ${JSON.stringify(standingDocument(standing))}\n\n`);
    } else if (Date.now() - pinged > PING_MS) {
      pinged = Date.now();
      raw.write(': still there\n\n');
    }
    if (standing.recorded) return void raw.write('event: end\ndata: {}\n\n');
    await delay(LOOK_MS, undefined, { signal: gone }).catch(() => {});
  }
}

function closed(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  return left.signal;
}
