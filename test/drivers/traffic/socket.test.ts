import { createServer, type Server, type Socket } from 'node:net';
import { order, ask } from '../../../src/drivers/traffic/haproxy/socket';
import { temporaryFolder } from '../../support/files';
import { faultOf, NEVER } from './fixtures';

/** A Runtime API that answers as it is told to, where a real one wouldn't. */
const folder = temporaryFolder();
const lines: string[] = [];
let server: Server;
let reply: (line: string, socket: Socket) => void;
const line = { endpoint: `unix:${folder.path}/sock`, timeoutMs: 200 };

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('data', (bytes) => {
      lines.push(bytes.toString());
      reply(bytes.toString(), socket);
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(`${folder.path}/sock`, resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => lines.splice(0));

it('sends commands in one line, and tells their answers apart', async () => {
  reply = (_, socket) => socket.end('\none\ntwo\n\n\n');
  expect(await ask(line, ['a', 'b', 'c'], NEVER)).toEqual(['', 'one\ntwo', '']);
  expect(lines).toEqual(['a;b;c\n']);
});

it('sends no line that HAProxy has no room for', async () => {
  reply = (text, socket) => socket.end('\n'.repeat(text.split(';').length));
  const commands = Array.from({ length: 1_000 }, (_, i) => `set server web_stable/web-${i} state maint`);
  expect(await ask(line, commands, NEVER)).toHaveLength(1_000);
  expect(lines.join('').replaceAll('\n', ';')).toBe(`${commands.join(';')};`);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(10_000);
});

it('sends nothing where there is nothing to say', async () => {
  await order(line, [], NEVER);
  expect(lines).toEqual([]);
});

it('waits only so long for an answer', async () => {
  reply = () => {};
  expect(await faultOf(ask(line, ['a'], NEVER))).toBe(`HAProxy at ${line.endpoint}: no answer within 200ms`);
});

it('takes no answer to fewer commands for one to all', async () => {
  reply = (_, socket) => socket.end('\n');
  expect(await faultOf(order(line, ['a', 'b'], NEVER))).toContain('it answered 1 of 2 commands');
});
