import Fastify from 'fastify';
import { Pool } from 'pg';

/** What a heartbeat costs at the least: a PATCH with one UPDATE. Told by its host where the database is. */
process.once('message', (databaseUrl: string) => {
  const pool = new Pool({ connectionString: databaseUrl, max: 20 });
  const app = Fastify();
  app.patch<{ Params: { name: string }; Body: { status: number } }>('/instances/:name', async ({ params, body }) => {
    await pool.query('update bare_instances set status = $2, seen_at = now() where name = $1', [
      params.name,
      body.status,
    ]);
    return { desired: null };
  });
  void app.listen({ host: '127.0.0.1', port: 0 }).then((address) => process.send?.(address));
});
process.once('disconnect', () => process.exit(0));
