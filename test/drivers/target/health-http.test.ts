import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { HealthCheck } from '../../../src/domain';
import { HEALTH } from '../../../src/domain';
import { httpHealth } from '../../../src/drivers/target/health-http';
import { HTTP, calm, eventually, instance } from './fixtures';

type HttpCheck = Extract<HealthCheck, { kind: 'http' }>;
const check: HttpCheck = HTTP as HttpCheck;
const FIELDS = { codeVersion: 'app.version', configurationVersion: 'config' };
const servers: (Server | TcpServer)[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server | TcpServer): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener));
const tcp = (listener: (socket: Socket) => void): Promise<string> => listen(createTcpServer(listener));
const look = (address: string, over: Partial<HttpCheck> = {}, signal = calm()) =>
  httpHealth({ ...check, ...over }, instance({ address }), signal);

describe('an answer', () => {
  const full = JSON.stringify({ app: { version: '1.1.0' }, config: 12 });
  const versions = { codeVersion: '1.1.0', configurationVersion: '12' };
  it.each<[string, number, string, Partial<HttpCheck>, object]>([
    ['is healthy', 200, 'fine', {}, { health: HEALTH.HEALTHY }],
    ['tells versions; numbers become strings', 200, full, FIELDS, { health: HEALTH.HEALTHY, ...versions }],
    ['may be wanted to have another status', 204, '', { expectStatus: 204 }, { health: HEALTH.HEALTHY }],
    ['has the wrong status', 503, 'no', {}, { health: HEALTH.FAILED, reason: 'status 503, wanted 200' }],
    [
      'tells versions though its status is wrong',
      503,
      full,
      FIELDS,
      { health: HEALTH.FAILED, ...versions, reason: 'status 503, wanted 200' },
    ],
    [
      'is not JSON',
      200,
      `<html>\n${'x'.repeat(100)}`,
      FIELDS,
      { health: HEALTH.FAILED, reason: `the answer is not JSON: <html> ${'x'.repeat(73)}…` },
    ],
    ['is empty', 200, '', FIELDS, { health: HEALTH.FAILED, reason: 'the answer is empty, not JSON' }],
    ['is null', 200, 'null', { codeVersion: 'v' }, { health: HEALTH.FAILED, reason: 'the answer has no field "v"' }],
    [
      'tells a version that turns a text around',
      200,
      '{"v":"1\u202e5"}',
      { codeVersion: 'v' },
      { health: HEALTH.FAILED, reason: 'the answer\'s field "v" is no version: "1 5"' },
    ],
    [
      'tells a version with a control character',
      200,
      '{"v":"1\\u0000\\u001b[31m"}',
      { codeVersion: 'v' },
      { health: HEALTH.FAILED, reason: 'the answer\'s field "v" is no version: "1\\u0000\\u001b[31m"' },
    ],
    [
      'tells a version with half a character',
      200,
      '{"v":"1\\ud800"}',
      { codeVersion: 'v' },
      { health: HEALTH.FAILED, reason: 'the answer\'s field "v" is no version: "1\\ud800"' },
    ],
    [
      'tells a version that no spec could name',
      200,
      JSON.stringify({ v: 'v'.repeat(257) }),
      { codeVersion: 'v' },
      { health: HEALTH.FAILED, reason: `the answer's field "v" is no version: "${'v'.repeat(79)}…` },
    ],
    [
      'lacks a field',
      200,
      '{"config":"3"}',
      FIELDS,
      { health: HEALTH.FAILED, configurationVersion: '3', reason: 'the answer has no field "app.version"' },
    ],
    [
      'inherits no field',
      200,
      '{}',
      { codeVersion: 'constructor.name' },
      { health: HEALTH.FAILED, reason: 'the answer has no field "constructor.name"' },
    ],
    [
      'has a field of another kind',
      200,
      '{"v":{"a":1}}',
      { codeVersion: 'v' },
      { health: HEALTH.FAILED, reason: 'the answer\'s field "v" is {"a":1}, not a string or a number' },
    ],
    [
      'has an empty field',
      200,
      '{"v":""}',
      { codeVersion: 'v' },
      { health: HEALTH.FAILED, reason: 'the answer\'s field "v" is empty' },
    ],
    [
      'is too long',
      200,
      'x'.repeat(1024 * 1024 + 1),
      {},
      { health: HEALTH.FAILED, reason: 'the answer is longer than 1 MiB' },
    ],
  ])('that %s', async (_, status, body, over, expected) => {
    const address = await serve((_request, response) => response.writeHead(status).end(body));
    expect(await look(address, over)).toEqual({ kind: 'answered', ...expected });
  });

  it('is asked for at the path, appended to host:port or to a base URL', async () => {
    const asked: (string | undefined)[] = [];
    const address = await serve((request, response) => {
      asked.push(request.url);
      response.end();
    });
    await look(address);
    await look(`http://${address}`);
    await look(`http://${address}/base/`);
    await look(address, { path: 'up?full=1' });
    await look(address, { path: '/' });
    expect(asked).toEqual(['/health', '/health', '/base/health', '/up?full=1', '/']);
  });

  it('is not followed elsewhere', async () => {
    const address = await serve((_request, response) => response.writeHead(302, { location: '/login' }).end());
    expect(await look(address)).toMatchObject({
      health: HEALTH.FAILED,
      reason: 'status 302 (to /login; redirects are not followed), wanted 200',
    });
  });

  it('may break off or not come to its end', async () => {
    const broken = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('x');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await look(broken)).toEqual({ kind: 'answered', health: HEALTH.FAILED, reason: 'the answer broke off' });
    const endless = await serve((_request, response) => response.writeHead(200).write('x'));
    expect(await look(endless, { timeoutMs: 200 })).toEqual({
      kind: 'answered',
      health: HEALTH.FAILED,
      reason: 'the answer was not whole within 200ms',
    });
  });
});

describe('no answer', () => {
  it('because nobody listens', async () => {
    const address = await serve(() => undefined);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await look(address)).toEqual({ kind: 'unreachable', reason: `connection refused by ${address}` });
  });

  it('because there is no such host', async () => {
    const { kind, reason } = await look('no-such-host.invalid:80');
    expect(kind).toBe('unreachable');
    expect(reason).toMatch(
      /^(no such host: no-such-host\.invalid|the name no-such-host\.invalid can't be resolved at the moment)$/,
    );
  });

  it('because it hangs', async () => {
    const address = await serve(() => undefined);
    expect(await look(address, { timeoutMs: 200 })).toEqual({
      kind: 'unreachable',
      reason: `no answer from ${address} within 200ms`,
    });
  });

  it('because a connection takes too long', async () => {
    // TLS with somebody who says nothing is a connection that never comes about.
    const closed: Promise<void>[] = [];
    const address = await tcp((socket) => {
      closed.push(new Promise((resolve) => socket.once('close', () => resolve())));
      socket.resume();
    });
    expect(await look(`https://${address}`, { connectTimeoutMs: 200 })).toEqual({
      kind: 'unreachable',
      reason: `no connection to ${address} within 200ms`,
    });
    await Promise.all(closed);
  });

  it('because it hangs up, or speaks something else', async () => {
    const closing = await tcp((socket) => socket.once('data', () => socket.end()));
    expect(await look(closing)).toEqual({
      kind: 'unreachable',
      reason: `${closing} closed the connection without an answer`,
    });
    const other = await tcp((socket) => socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n'));
    expect(await look(other)).toEqual({ kind: 'unreachable', reason: `what ${other} answers is not HTTP` });
  });

  it.each(['', 'ftp://a', 'http://', 'a b'])('because %j is no address', async (address) => {
    expect(await look(address)).toEqual({
      kind: 'unreachable',
      reason: `its address "${address}" is neither host:port nor an http URL`,
    });
  });

  it('because it has no address', async () => {
    const { address: _, ...bare } = instance();
    expect(await httpHealth(check, bare, calm())).toMatchObject({ kind: 'unreachable' });
  });
});

describe('a look', () => {
  it('ends with the reason of whoever ends it', async () => {
    const abort = new AbortController();
    const address = await serve(() => abort.abort(new Error('enough')));
    await expect(look(address, {}, abort.signal)).rejects.toThrow('enough');
    await expect(look(address, {}, abort.signal)).rejects.toThrow('enough');
  });

  it('leaves no connection behind', async () => {
    const server = createServer((request, response) => {
      if (request.url !== '/health') return;
      response.end('{}');
    });
    const address = await listen(server);
    await look(address);
    await look(address, { expectStatus: 201 });
    await look(address, { path: '/hang', timeoutMs: 100 });
    const connections = (): Promise<number> =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      );
    await eventually(async () => ((await connections()) === 0 ? true : undefined));
  });
});
