import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Client } from 'pg';
import { openStore, StoreUnreachable } from '../../src/store';
import { useStore } from './builders';

const used = useStore();

async function refusal(url: string): Promise<StoreUnreachable> {
  const error: unknown = await openStore(url).then(
    (store) => store.close(),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StoreUnreachable);
  return error as StoreUnreachable;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('a database that cannot be used', () => {
  it('is told, when nothing listens', async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    const error = await refusal(`postgres://belay:hunter2@127.0.0.1:${port}/belay`);
    expect(error.message).toBe(`PostgreSQL at 127.0.0.1:${port}/belay can't be used: nothing listens there`);
    expect(error.check.join()).toContain('DATABASE_URL');
  });

  it('is told within 5 seconds, when nobody answers', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket));
    const port = await listen(server);
    const started = performance.now();
    const error = await refusal(`postgres://belay:hunter2@127.0.0.1:${port}/belay`);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(error.message).not.toContain('hunter2');
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it.each([
    ['another password', (url: URL) => (url.password = 'hunter2'), 'password authentication failed'],
    ['no such database', (url: URL) => (url.pathname = '/nowhere'), 'database "nowhere" does not exist'],
    ['no such host', (url: URL) => (url.hostname = 'nowhere.invalid'), 'host'],
  ])('is told: %s', async (_, change, message) => {
    const url = new URL(used.database.url);
    change(url);
    const error = await refusal(url.href);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain(url.password);
  });

  it('is told: an address that is none, without showing it', async () => {
    const error = await refusal('postgres://belay:hunter2@:bad:/x');
    expect(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('hunter2');
  });
});

it('goes on when its connections were broken', async () => {
  const { store, database } = used;
  await Promise.all([store.inFlight(), store.inFlight(), store.inFlight()]);
  const other = new Client({ connectionString: database.url });
  await other.connect();
  await other.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`);
  await other.end();
  // A broken connection may be noticed only when it is used.
  let failures = 0;
  while ((await store.inFlight().catch((error: unknown) => error)) instanceof StoreUnreachable) failures++;
  expect(failures).toBeLessThan(10);
});
