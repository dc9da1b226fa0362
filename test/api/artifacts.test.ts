import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { promisify } from 'node:util';
import { createTokens } from '../../src/control/tokens';
import { ADMIN, REGISTRATION, TestApi } from '../support/api';
import { Belay } from '../support/belay';
import { temporaryFolder } from '../support/files';
import { until } from '../kill/until';

const folder = temporaryFolder();
const curl = promisify(execFile);
const MIB = 1024 ** 2;

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

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
/** All that is in the store's folder: artifacts, and what a push left. */
const kept = () => readdirSync(belay.artifactPlace.dir);

function push(bytes: Buffer | ReadableStream, headers: Record<string, string> = {}, token = ADMIN) {
  return fetch(`${api.url}/artifacts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream', ...headers },
    body: bytes as Buffer<ArrayBuffer>,
    ...(bytes instanceof ReadableStream ? { duplex: 'half' as const } : {}),
  });
}

async function pushed(size: number): Promise<{ bytes: Buffer; digest: string }> {
  const bytes = randomBytes(size);
  expect((await push(bytes)).status).toBe(201);
  return { bytes, digest: digestOf(bytes) };
}

function fetched(digest: string, headers: Record<string, string> = {}, method = 'GET') {
  return fetch(`${api.url}/artifacts/${digest}`, { method, headers: { authorization: `Bearer ${ADMIN}`, ...headers } });
}

const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

it('leaves the connection of a refused push to whoever comes next', async () => {
  expect((await push(Buffer.alloc(5 * MIB))).status).toBe(413);
  expect((await push(Buffer.from('next'))).status).toBe(201);
});

it('has a line in the event log for what is pushed and deleted, with who did it', async () => {
  const { digest, bytes } = await pushed(1_500);
  expect((await push(bytes)).status).toBe(200);
  const answer = await fetch(`${api.url}/artifacts/${digest}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${ADMIN}` },
  });
  expect(answer.status).toBe(200);
  const events = (await belay.store.events({})).filter(({ reason }) => reason?.startsWith(digest));
  expect(events).toMatchObject([
    { type: 'artifact_pushed', by: 'dev', reason: `${digest}, 1.5 KiB` },
    { type: 'artifact_deleted', by: 'dev', reason: digest },
  ]);
});

describe('what is pushed', () => {
  it('is stored under its digest, once', async () => {
    const bytes = randomBytes(MIB);
    const first = await push(bytes, { 'x-artifact-digest': digestOf(bytes) });
    expect([first.status, await first.json()]).toEqual([201, { digest: digestOf(bytes), size: MIB }]);
    const again = await push(bytes);
    expect([again.status, await again.json()]).toEqual([200, { digest: digestOf(bytes), size: MIB }]);
    expect(kept().filter((name) => name.startsWith(digestOf(bytes).slice('sha256:'.length)))).toHaveLength(1);
    expect(kept().filter((name) => name.startsWith('.'))).toEqual([]);
    expect((await bytesOf(await fetched(digestOf(bytes)))).equals(bytes)).toBe(true);
  });

  it('is not stored when it is not what was announced', async () => {
    const before = kept();
    const announced = digestOf(Buffer.from('something else'));
    const answer = await push(Buffer.from('this'), { 'x-artifact-digest': announced });
    expect([answer.status, await answer.json()]).toMatchObject([
      422,
      { error: { fields: [{ field: 'x-artifact-digest', message: expect.stringContaining('was announced') }] } },
    ]);
    expect(kept()).toEqual(before);
  });

  it.each([
    ['that announces its length', Buffer.alloc(5 * MIB)],
    ['that does not', endless()],
  ])('is refused when it is too large, and leaves nothing: one %s', async (_, bytes) => {
    const before = kept();
    const answer = await push(bytes);
    expect([answer.status, await answer.json()]).toMatchObject([
      413,
      { error: { code: 'too_large', message: expect.stringMatching(/larger than 4 MiB; artifacts\.max_size/) } },
    ]);
    expect(kept()).toEqual(before);
  });

  it('leaves nothing when it breaks off', async () => {
    const before = kept();
    const { port } = new URL(api.url);
    const sending = request({
      port,
      method: 'POST',
      path: '/artifacts',
      headers: {
        authorization: `Bearer ${ADMIN}`,
        'content-type': 'application/octet-stream',
        'content-length': String(2 * MIB),
      },
    });
    sending.on('error', () => {});
    sending.write(randomBytes(MIB));
    await until('the push to begin', 20_000, () => kept().some((name) => name.startsWith('.pushing-')));
    sending.destroy();
    await until('its end', 20_000, () => kept().length === before.length);
    expect(kept()).toEqual(before);
  });

  it.each([
    ['nothing', {}, '', 422],
    ['no digest', { 'x-artifact-digest': 'sha256:12' }, 'x', 422],
    ['JSON', { 'content-type': 'application/json' }, '{}', 415],
  ])('is refused when it is %s', async (_, headers, text, status) => {
    const answer = await push(Buffer.from(text), headers);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { message: expect.any(String) } });
  });
});

describe('a range', () => {
  const size = 3 * 64 * 1024 + 17;
  let bytes: Buffer;
  let digest: string;
  beforeAll(async () => ({ bytes, digest } = await pushed(size)));

  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=0-', 0, size - 1],
    ['bytes=100-299', 100, 299],
    ['bytes=-5', size - 5, size - 1],
    ['bytes=-999999999', 0, size - 1],
    [`bytes=${size - 1}-`, size - 1, size - 1],
    ['bytes=5-99999999999999999999', 5, size - 1],
    ['BYTES = 7 - 9', 7, 9],
  ])('%s is answered with these bytes', async (range, first, last) => {
    const answer = await fetched(digest, { range });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${first}-${last}/${size}`);
    expect(answer.headers.get('content-length')).toBe(String(last - first + 1));
    expect((await bytesOf(answer)).equals(bytes.subarray(first, last + 1))).toBe(true);
  });

  it.each(['bytes=9-3', 'bytes=-', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,4-5', 'bytes'])(
    '%s is answered with the whole',
    async (range) => {
      const answer = await fetched(digest, { range });
      expect(answer.status).toBe(200);
      expect((await bytesOf(answer)).equals(bytes)).toBe(true);
    },
  );

  it.each([`bytes=${size}-`, 'bytes=-0', 'bytes=999999999999-'])('%s has no byte in it', async (range) => {
    const answer = await fetched(digest, { range });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, `bytes */${size}`]);
    expect(await answer.json()).toMatchObject({ error: { code: 'range_not_satisfiable' } });
  });

  it('is of the very artifact that the condition names, or it is the whole', async () => {
    const range = 'bytes=1-2';
    expect((await fetched(digest, { range, 'if-range': `"${digest}"` })).status).toBe(206);
    expect((await fetched(digest, { range, 'if-range': '"something-else"' })).status).toBe(200);
    expect((await fetched(digest, { range, 'if-range': 'Wed, 21 Oct 2026 07:28:00 GMT' })).status).toBe(200);
  });

  it('is none of a question for the size', async () => {
    const answer = await fetched(digest, { range: 'bytes=1-2' }, 'HEAD');
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-length': String(size),
      'accept-ranges': 'bytes',
      etag: `"${digest}"`,
    });
  });

  it('takes up a download of curl where it broke off', async () => {
    const file = folder.write('part', bytes.subarray(0, 70_000));
    const header = `authorization: Bearer ${ADMIN}`;
    await curl('curl', ['-sS', '--fail', '-C', '-', '-o', file, '-H', header, `${api.url}/artifacts/${digest}`]);
    expect(statSync(file).size).toBe(size);
    expect(digestOf(readFileSync(file))).toBe(digest);
  });
});

describe('an artifact', () => {
  it('that nobody pushed is not there', async () => {
    const answer = await fetched(`sha256:${'0'.repeat(64)}`);
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { hints: [expect.any(String)] } }]);
    expect((await fetched('sha256:..%2f..%2fetc')).status).toBe(422);
  });

  it('is fetched by an instance with its own secret, until it is deleted, and pushed by none', async () => {
    const { bytes, digest } = await pushed(1_000);
    const body = { instance: { ip: '127.0.0.1', name: 'reader-01', labels: {} }, token: REGISTRATION };
    const { secret } = (await api.post('/inventory/register', { body })).body;
    const whole = await fetched(digest, { authorization: `Bearer ${secret}` });
    expect((await bytesOf(whole)).equals(bytes)).toBe(true);
    expect((await fetched(digest, { authorization: `Bearer ${secret}x` })).status).toBe(401);
    expect((await push(Buffer.from('mine'), {}, secret)).status).toBe(401);
    expect((await api.get('/inventory/instances', { token: secret })).status).toBe(401);
    expect((await api.delete('/inventory/instances/reader-01', { token: ADMIN })).status).toBe(200);
    expect((await fetched(digest, { authorization: `Bearer ${secret}` })).status).toBe(401);
  });

  it('is not pushed by a viewer', async () => {
    const { secret } = await createTokens(belay.store).create({ name: 'looker', role: 'viewer', by: 'ann' });
    expect((await push(Buffer.from('x'), {}, secret)).status).toBe(403);
  });
});

/** More than anything takes. */
function endless(): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)) });
}
