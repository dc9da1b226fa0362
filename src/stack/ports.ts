import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** The wanted port when it is free, else any free one, on this machine only. */
export async function freePort(wanted = 0): Promise<number> {
  if (wanted !== 0 && !(await isFree(wanted))) return freePort();
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether a server could listen there. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
