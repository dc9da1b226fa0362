import { z } from 'zod';
import { HttpError } from '../errors';
import type { Api, ApiOptions } from '../types';

/** For whoever watches over the process. */
export function addHealth(app: Api, { troubles }: Pick<ApiOptions, 'troubles'>): void {
  app.get(
    '/healthz',
    {
      schema: {
        summary: 'Whether the process lives',
        tags: ['health'],
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Whether the database and Temporal answer',
        tags: ['health'],
        response: { 200: z.object({ status: z.literal('ready') }) },
      },
    },
    async () => {
      const found = await troubles();
      if (found.length > 0) throw new HttpError(503, 'not_ready', found.join(' '));
      return { status: 'ready' as const };
    },
  );
}
