import { createServer } from 'node:net';

/** Below the ports that a system hands out by itself: nobody takes one while its instance restarts. */
const PORTS = { from: 20_000, to: 30_000 };

/** An address on this machine that nobody listens at and that is not among the taken ones; it is added to them. */
export async function freeAddress(taken) {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    const address = `127.0.0.1:${port}`;
    if (taken.has(address) || !(await free(port))) continue;
    taken.add(address);
    return address;
  }
}

function free(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
