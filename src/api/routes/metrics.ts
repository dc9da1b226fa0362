import type { ApiMetrics } from '../../metrics/api';
import { CONTENT_TYPE } from '../../metrics/registry';
import { principalOf } from '../access';
import { HttpError } from '../errors';
import type { Api } from '../types';

/** Counts every answer. To be called before any route is added. */
export function countAnswers(app: Api, metrics: ApiMetrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { url } = request.routeOptions;
    metrics.answered({
      method: request.method,
      route: url,
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
    done();
  });
}

/** For Prometheus, which shows a token as everybody does: what services there are is not for everyone. */
export function addMetrics(app: Api, metrics: ApiMetrics): void {
  app.get(
    '/metrics',
    { schema: { summary: 'For Prometheus', tags: ['health'], security: [{ token: [] }] } },
    async (request, reply) => {
      const { environments, services, name } = principalOf(request);
      if (environments !== undefined || services !== undefined) {
        const message = `${name} holds for some services or environments only; metrics are of all of them.`;
        throw new HttpError(403, 'forbidden', message);
      }
      return reply.type(CONTENT_TYPE).send(await metrics.text());
    },
  );
}
