import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Control, EventRow, Standing } from '../../control/control';
import type { ApiMetrics } from '../../metrics/api';
import { deploymentName } from '../../schemas/deploy-request';
import { bearerIn, principalOf } from '../access';
import { loggedDocument, standingDocument } from '../documents';
import { HttpError } from '../errors';
import { Feeds, type Follower } from '../feed';
import { requireService } from '../scope';
import type { Api, StreamSettings } from '../types';

const PING_MS = 15_000;
const USUAL: StreamSettings = { most: 1_000, mostPerToken: 100, lookAgainMs: 15_000 };
/** Whoever leaves so much unread isn't reading. */
const MOST_UNREAD = 4 * 1024 * 1024;

interface Options {
  control: Control;
  metrics: Pick<ApiMetrics, 'streaming'>;
  /** Whether its token is still right. */
  isStillIn: (request: FastifyRequest) => Promise<boolean>;
  settings?: Partial<StreamSettings> | undefined;
}

/** Deployments as they go on: each line of the event log, which can be resumed, and where it stands, which is sent anew. */
export function addStream(app: Api, { control, metrics, isStillIn, settings }: Options): void {
  const limits = { ...USUAL, ...settings };
  const feeds = new Feeds(control);
  const open = new Map<FastifyReply['raw'], FastifyRequest>();
  const looking = setInterval(() => void lookAgain(open, isStillIn), limits.lookAgainMs);
  looking.unref();
  app.addHook('preClose', async () => {
    clearInterval(looking);
    for (const raw of open.keys()) raw.end();
  });

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
      const principal = principalOf(request);
      requireService(principal, request.params);
      const mine = [...open.values()].filter((each) => principalOf(each).name === principal.name).length;
      if (open.size >= limits.most) throw tooMany(`${limits.most} streams are open`);
      if (mine >= limits.mostPerToken) throw tooMany(`${limits.mostPerToken} streams by this token are open`);
      const { raw } = reply;
      let leave = () => {};
      open.set(raw, request);
      metrics.streaming(1);
      // Before anything is waited for: whoever leaves meanwhile has left for good.
      raw.once('close', () => {
        leave();
        open.delete(raw);
        metrics.streaming(-1);
      });
      // Whatever doesn't exist is told as everywhere.
      await control.status(request.params);
      if (raw.destroyed || !open.has(raw)) return void reply.hijack();
      const after = Number(/^\d{1,15}$/.exec(String(request.headers['last-event-id'] ?? ''))?.[0] ?? 0);
      reply.hijack();
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.flushHeaders();
      leave = feeds.follow(
        request.params,
        writing(raw, after, (error) => request.log.warn({ error: String(error) }, 'a stream ended early')),
      );
    },
  );
}

/** Ends those whose token is no longer right. Where that can't be told now, it is asked again. */
async function lookAgain(open: Map<FastifyReply['raw'], FastifyRequest>, isStillIn: Options['isStillIn']) {
  const answers = new Map<string | undefined, Promise<boolean>>();
  for (const [raw, request] of open) {
    const secret = bearerIn(request);
    const answer = answers.get(secret) ?? isStillIn(request).catch(() => true);
    answers.set(secret, answer);
    if (!(await answer)) raw.end();
  }
}

function tooMany(what: string): HttpError {
  const headers = { 'retry-after': '10' };
  return new HttpError(429, 'rate_limited', `${what}; ask for the status instead.`, { headers });
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
