import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from '../domain/address';
import { CONTENT_TYPE } from './registry';

/** A small server with nothing but `/metrics` and `/healthz`, for a process that has no API. */
export interface Listener {
  /** Like http://127.0.0.1:9465 */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves texts that are made for each scrape.
 * @throws what listening there throws
 */
export async function listenAt(at: Address, metrics: () => Promise<string>): Promise<Listener> {
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?', 1);
    const answer = (status: number, type: string, text: string) =>
      void response.writeHead(status, { 'content-type': type, connection: 'close' }).end(text);
    if (request.method !== 'GET') return answer(405, 'text/plain', 'Only GET is answered here.\n');
    if (path === '/healthz') return answer(200, 'application/json', '{"status":"ok"}');
    if (path !== '/metrics') return answer(404, 'text/plain', 'There are /metrics and /healthz.\n');
    metrics().then(
      (text) => answer(200, CONTENT_TYPE, text),
      () => answer(500, 'text/plain', 'The metrics could not be put together.\n'),
    );
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  server.maxConnections = 50;
  server.listen(at.port, at.host);
  await once(server, 'listening');
  return { url: urlOf(server), close: () => closed(server) };
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

async function closed(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close').catch(() => {});
}
