import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ADMIN, TestApi } from '../support/api';
import { Belay } from '../support/belay';

const KIB = 1024;
const LIMIT = 256 * KIB;

let belay: Belay;
let api: TestApi;
let sockets: Socket[] = [];
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  api = await TestApi.open(belay, { arrival: { headersMs: 500, bodyMs: 500, checkEveryMs: 100, drainMs: 1_000 } });
});
afterEach(() => {
  for (const each of sockets) each.destroy();
  sockets = [];
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

/** A connection, and all that came back on it. */
async function opened() {
  const { port, hostname } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  let said = '';
  socket.on('data', (data) => (said += String(data))).on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return { socket, closed, said: () => said };
}

const head = (line: string, headers: Record<string, string | number>) =>
  [
    `${line} HTTP/1.1`,
    'Host: belay',
    ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`),
    '',
    '',
  ].join('\r\n');
const JSON_TYPE = { 'Content-Type': 'application/json' };
const RIGHT = { ...JSON_TYPE, Authorization: `Bearer ${ADMIN}` };

describe('a client that takes its time', () => {
  it('over its headers is told, and cut off', async () => {
    const { socket, closed, said } = await opened();
    socket.write('POST /deploy HTTP/1.1\r\nHost: belay\r\nX-Slow: ');
    await closed;
    expect(said()).toContain('HTTP/1.1 408 ');
  });

  it('over its body is told, and cut off', async () => {
    const { socket, closed, said } = await opened();
    socket.write(`${head('POST /deploy', { ...RIGHT, 'Content-Length': 100 })}{ "labels"`);
    await closed;
    expect(said()).toContain('HTTP/1.1 408 ');
    expect(said()).toContain('"code":"timeout"');
  });

  it('over its body, a byte at a time, is cut off all the same', async () => {
    const { socket, closed, said } = await opened();
    socket.write(head('POST /deploy', { ...RIGHT, 'Content-Length': 100_000 }));
    const drip = setInterval(() => socket.write(' '), 50);
    await closed;
    clearInterval(drip);
    expect(said()).toContain('HTTP/1.1 408 ');
  });

  it('over a body that nobody wants any more, is cut off', async () => {
    const { socket, closed, said } = await opened();
    socket.write(head('POST /deploy', { ...JSON_TYPE, 'Content-Length': 100_000 }));
    const drip = setInterval(() => socket.write(' '), 50);
    await closed;
    clearInterval(drip);
    expect(said()).toContain('HTTP/1.1 401 ');
    expect(said().match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe('a body that is too large', () => {
  const big = Buffer.alloc(64 * KIB, ' ');

  /** Sends more and more until nobody takes it; answers with how much the API has read of it. */
  async function pour(start: string, chunkOf = (data: Buffer): Buffer => data) {
    const seen = new Promise<Socket>((resolve) => api.app.server.once('connection', resolve));
    const { socket, closed, said } = await opened();
    const other = await seen;
    socket.write(start);
    let open = true;
    void closed.then(() => (open = false));
    for (let sent = 0; open && sent < 64 * 1024 * KIB; sent += big.length) {
      if (!socket.write(chunkOf(big))) await Promise.race([once(socket, 'drain').catch(() => undefined), closed]);
    }
    await closed;
    return { said: said(), read: other.bytesRead };
  }

  const GIB = 1024 ** 3;
  const chunked = (data: Buffer) =>
    Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);

  it.each([
    ['/deploy', { ...JSON_TYPE, 'Content-Length': GIB }, 401],
    ['/deploy', { ...RIGHT, 'Content-Length': GIB }, 413],
    ['/inventory/register', { ...JSON_TYPE, 'Content-Length': GIB }, 413],
    ['/nowhere', { ...JSON_TYPE, 'Content-Length': GIB }, 413],
    ['/artifacts', { 'Content-Type': 'application/octet-stream', 'Content-Length': GIB }, 401],
    ['/artifacts', { ...RIGHT, 'Content-Length': GIB }, 415],
  ])('for %s with %j is answered and not read to its end', async (path, headers, status) => {
    const { said, read } = await pour(head(`POST ${path}`, headers));
    expect(said).toContain(`HTTP/1.1 ${status} `);
    // What it may read, and what a socket reads at a time.
    expect(read).toBeLessThan(LIMIT + 256 * KIB);
  });

  it.each([
    ['/deploy', JSON_TYPE, 401],
    ['/inventory/register', JSON_TYPE, 413],
  ])('for %s, of unknown length, is answered and not read to its end', async (path, headers, status) => {
    const { said, read } = await pour(head(`POST ${path}`, { ...headers, 'Transfer-Encoding': 'chunked' }), chunked);
    expect(said).toContain(`HTTP/1.1 ${status} `);
    expect(read).toBeLessThan(2 * LIMIT + 256 * KIB);
  });
});

it('answers others while 500 connections say nothing and 100 stop in the middle of a request', async () => {
  const idle = await Promise.all(Array.from({ length: 500 }, () => opened()));
  const hanging = await Promise.all(Array.from({ length: 100 }, () => opened()));
  for (const { socket } of hanging) socket.write(head('POST /deploy', { ...RIGHT, 'Content-Length': 100 }));
  expect((await api.get('/readyz')).status).toBe(200);
  expect((await api.get('/deployments', { token: ADMIN })).status).toBe(200);
  await Promise.all(hanging.map(({ closed }) => closed));
  expect((await api.get('/readyz')).status).toBe(200);
  expect(idle).toHaveLength(500);
});

it('keeps a connection after a small body that was refused: the next request on it is answered', async () => {
  const { socket, said } = await opened();
  socket.write(`${head('POST /deploy', { ...JSON_TYPE, 'Content-Length': 2 })}{}${head('GET /healthz', {})}`);
  while (!said().includes('"status":"ok"')) await delay(10);
  expect(said()).toContain('HTTP/1.1 401 ');
});
