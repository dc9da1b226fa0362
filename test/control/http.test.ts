import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runCommandLine } from '../../src/cli/run';
import { apiAddress, remoteParts } from '../../src/remote';
import { cliContext } from '../support/cli';

const TOKEN = 'belay_the-token-that-nobody-may-see';
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** What somebody who isn't Belay answers. */
async function answering(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function run(env: Record<string, string>, ...words: string[]) {
  const { context, written } = cliContext({}, remoteParts({ BELAY_API_TOKEN: TOKEN, ...env }));
  const exit = await runCommandLine(words, context);
  const said = [...written.out, ...written.err, JSON.stringify(written.documents)].join('\n');
  expect(said).not.toContain(TOKEN);
  expect(said).not.toContain('    at ');
  return { exit, said };
}

const fault = (status: number, error: object): RequestListener => {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
  };
};

describe('what answers at BELAY_API_URL', () => {
  it.each<[string, RequestListener, number, string]>([
    ['a page', (_, response) => response.end('<html>hello</html>'), 5, 'is no Belay API'],
    ['JSON of something else', (_, response) => response.end('{"hello": "world"}'), 5, 'is no Belay API'],
    ['a list', (_, response) => response.end('[]'), 5, 'is no Belay API'],
    ['a failure of something else', (_, response) => response.writeHead(500).end('oops'), 5, 'is no Belay API'],
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: 'https://login.example.com/?secret=1' }).end(),
      5,
      'sends everybody on to https://login.example.com/: that is no Belay API',
    ],
    ['nothing but an end', (request) => request.socket.destroy(), 5, 'the connection broke'],
    ['401', fault(401, { code: 'unauthenticated', message: 'The token is not known.' }), 4, 'BELAY_API_TOKEN'],
    [
      '403',
      fault(403, { code: 'forbidden', message: 'ci has the role viewer.' }),
      4,
      'refused: ci has the role viewer.',
    ],
    ['404', fault(404, { code: 'not_found', message: 'there is none' }), 4, 'refused: there is none'],
    ['409', fault(409, { code: 'refused', message: 'no', hints: ['try x'] }), 4, 'refused: no\n  try x'],
    [
      '422',
      fault(422, { code: 'invalid_input', message: 'all', fields: [{ field: 'a', message: 'a is 0' }] }),
      2,
      'error: a is 0',
    ],
    ['429', fault(429, { code: 'rate_limited', message: 'Too many.' }), 5, 'Too many.'],
    ['503', fault(503, { code: 'unreachable', message: 'No database.' }), 5, 'error: No database.'],
    ['500', fault(500, { code: 'internal', message: 'Something happened.' }), 1, 'Something happened.'],
  ])('%s', async (_what, listener, exit, words) => {
    const url = await answering(listener);
    const people = await run({ BELAY_API_URL: url }, 'status');
    expect([people.exit, people.said]).toEqual([exit, expect.stringContaining(words)]);
    const machines = await run({ BELAY_API_URL: url }, 'approve', 'production/web', '--json');
    expect([machines.exit, machines.said]).toEqual([exit, expect.stringContaining(`"exit_code":${exit}`)]);
  });

  it('is nobody', async () => {
    const url = await answering(() => {});
    server!.close();
    const { exit, said } = await run({ BELAY_API_URL: url }, 'status');
    expect([exit, said]).toEqual([5, expect.stringContaining('nothing listens there')]);
  });
});

describe('where the API is', () => {
  it.each([
    [{ BELAY_API_URL: 'belay.example.com' }, 'BELAY_API_URL'],
    [{ BELAY_API_URL: 'ftp://belay.example.com' }, 'starts with ftp:'],
    [{ BELAY_API_URL: 'https://ann:secret@belay.example.com' }, 'has a user or a password in it'],
    [{ BELAY_API_URL: 'https://belay.example.com', BELAY_API_TOKEN: ' ' }, 'BELAY_API_TOKEN is not'],
    [{ BELAY_API_URL: 'https://belay.example.com', BELAY_API_TOKEN: `${TOKEN} x` }, 'has spaces in it'],
    [{ BELAY_API_URL: 'https://belay.example.com', BELAY_API_CA: '/nowhere.pem' }, "doesn't exist"],
  ])('%j: exit 2', async (env, words) => {
    const { exit, said } = await run(env, 'status');
    expect([exit, said]).toEqual([2, expect.stringContaining(words)]);
    expect(said).not.toContain('secret');
  });

  it('may be below a path, with or without a slash at its end', () => {
    const env = { BELAY_API_URL: 'https://example.com/belay/', BELAY_API_TOKEN: `${TOKEN}\n` };
    expect(apiAddress(env)).toEqual({ url: 'https://example.com/belay', token: TOKEN });
  });
});
