import { z } from 'zod';
import type { Artifacts } from '../../control/artifacts';
import { artifactDigest, forced } from '../../schemas/http';
import { principalOf } from '../access';
import { answers } from '../answers';
import { requireAll } from '../scope';
import type { Api } from '../types';

const schema = { tags: ['artifacts'], security: [{ token: [] }] };
const stored = z.object({ digest: z.string(), size: z.int(), stored_at: z.iso.datetime() });

/** Which artifacts there are, and what need not be kept. */
export function addShelf(app: Api, artifacts: Pick<Artifacts, 'list' | 'remove'>): void {
  app.get(
    '/artifacts',
    {
      schema: {
        ...schema,
        summary: 'List artifacts, the newest first',
        response: answers(z.object({ artifacts: z.array(stored) })),
      },
    },
    async () => {
      const rows = await artifacts.list();
      return {
        artifacts: rows.map(({ digest, size, storedAt }) => ({ digest, size, stored_at: storedAt.toISOString() })),
      };
    },
  );

  app.delete(
    '/artifacts/:digest',
    {
      schema: {
        ...schema,
        summary: 'Delete an artifact; refused while somebody needs it, unless it is forced',
        params: artifactDigest,
        querystring: forced,
        response: answers(z.object({ deleted: z.string() })),
      },
    },
    async (request) => {
      const { name } = requireAll(principalOf(request), 'deleting artifacts');
      const { digest } = request.params;
      await artifacts.remove(digest, request.query.force === 'true', name);
      request.log.info({ digest, by: name }, 'an artifact was deleted');
      return { deleted: digest };
    },
  );
}
