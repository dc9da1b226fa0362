import { connect } from 'node:net';
import { runServer } from '../../src/server';
import { serverConfig, TestApi } from '../support/api';
import { Belay } from '../support/belay';

let belay: Belay;
let api: TestApi;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  api = await TestApi.open(belay);
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

describe('the process', () => {
  it('lives, and is ready when its database and Temporal answer', async () => {
    expect(await api.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await api.get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('serves until it is told to stop, and nobody listens then', async () => {
    const stop = new AbortController();
    let address = '';
    const running = runServer(serverConfig(belay), {
      signal: stop.signal,
      onReady: (at) => {
        address = at;
        void fetch(`${at}/healthz`).then(() => stop.abort());
      },
    });
    await running;
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
  });

  it('is not ready when its database has gone', async () => {
    const other = await TestApi.open(belay, {}, { ...belay.store, inFlight: () => Promise.reject(new Error('gone')) });
    expect(await other.get('/readyz')).toMatchObject({ status: 503, body: { error: { code: 'not_ready' } } });
    await other.close();
  });

  it('says that something else listens there', async () => {
    const listen = { host: '127.0.0.1', port: Number(new URL(api.url).port) };
    await expect(runServer({ ...serverConfig(belay), listen })).rejects.toThrow('something else listens there');
  });
});

describe('what is wrong', () => {
  it('is told in one shape, for whatever there is not', async () => {
    const answer = await api.get('/nowhere?token=x');
    expect(answer).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', message: 'There is no GET /nowhere.' } },
    });
    expect(await api.post('/healthz')).toMatchObject({ status: 404 });
    expect(await api.get(`/${'%zz'}`)).toMatchObject({ status: 400, body: { error: { code: 'bad_request' } } });
  });

  it('is told to what is no HTTP at all', async () => {
    expect(await raw('nonsense\r\n\r\n')).toContain('"code":"bad_request"');
  });

  it.each([
    ['/healthz', 'x-content-type-options', 'nosniff'],
    ['/docs', 'content-security-policy', "default-src 'self'"],
  ])('%s has %s', async (path, header, value) => {
    expect((await api.get(path)).headers.get(header)).toContain(value);
  });
});

describe('requests', () => {
  it('are limited by address', async () => {
    const small = await TestApi.open(belay, { limits: { perAddress: 3 } });
    for (let i = 0; i < 3; i++) expect((await small.get('/healthz')).status).toBe(200);
    const answer = await small.get('/healthz');
    expect(answer).toMatchObject({ status: 429, body: { error: { code: 'rate_limited' } } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await small.close();
  });
});

describe('the description', () => {
  it('is OpenAPI 3.1, and has a page that loads nothing from elsewhere', async () => {
    const { status, body } = await api.get('/openapi.json');
    expect(status).toBe(200);
    expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'Belay' } });
    const page = await api.get('/docs/');
    expect(page.status).toBe(200);
    expect(page.body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });
});

function raw(text: string): Promise<string> {
  const { port, hostname } = new URL(api.url);
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (data) => (said += String(data))).on('close', () => resolve(said));
  });
}
