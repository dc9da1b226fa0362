import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Quantity } from '../../../src/domain/analysis';
import { HttpMetrics } from '../../../src/drivers/metrics/http';

let server: Server;
let urls: string[] = [];
let answer: { code: number; text: string };
beforeAll(async () => {
  server = createServer((request, response) => {
    urls.push(request.url ?? '');
    response.writeHead(answer.code).end(answer.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const { signal } = new AbortController();
function read(quantity: Quantity, body: unknown, code = 200) {
  urls = [];
  answer = { code, text: typeof body === 'string' ? body : JSON.stringify(body) };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/s/{{service}}?v={{version}}&g={{group}}&w={{window}}&r={{fleet_group}}`;
  return new HttpMetrics({ kind: 'http', url, timeoutMs: 2_000 }).read(
    {
      quantity,
      service: 'web',
      environment: 'production',
      group: 'before',
      fleetGroup: { name: 'eu west', groups: { by: 'region', order: ['eu west'], bakeMs: 0, approve: false } },
      versions: { codeVersion: '1.5.0+b&c', configurationVersion: '12' },
      from: new Date(0),
      until: new Date(90_000),
    },
    signal,
  );
}
const p95: Quantity = { kind: 'metric', metric: 'response_time_ms', statistic: 'p95' };
const errors: Quantity = { kind: 'metric', metric: 'error_rate', statistic: 'mean' };
const own: Quantity = { kind: 'query', query: 'queue.depth' };

it('asks with what it is about in the address', async () => {
  await read(own, {});
  expect(urls).toEqual(['/s/web?v=1.5.0%2Bb%26c&g=before&w=1m30s&r=eu%20west']);
});

it.each<[string, Quantity, unknown, object]>([
  ['a number', errors, { error_rate: 0.02 }, { kind: 'measured', value: 0.02 }],
  ['counts', errors, { error_rate: { hits: 3, total: 60 } }, { value: 0.05, share: { hits: 3, total: 60 } }],
  ['a statistic', p95, { response_time_ms: { p95: 120, samples: 300 } }, { value: 120, samples: 300 }],
  ['a path', own, { queue: { depth: 7 } }, { value: 7 }],
  ['too much by any limit', p95, '{"response_time_ms":1e999}', { value: Infinity }],
  ['no samples', p95, { response_time_ms: { p95: 0, samples: 0 } }, { kind: 'nothing', why: 'there were no samples' }],
  [
    'a time below 0',
    p95,
    { response_time_ms: -1 },
    { kind: 'nothing', why: '-1 was told, and there is no response_time_ms below 0' },
  ],
  [
    'percents for a share',
    errors,
    { error_rate: 2.5 },
    { kind: 'nothing', why: '2.5 was told, and there is no error_rate above 1' },
  ],
  ['a query below 0', own, { queue: { depth: -7 } }, { value: -7 }],
  ['no requests', errors, { error_rate: { hits: 0, total: 0 } }, { kind: 'nothing' }],
  ['more errors than requests', errors, { error_rate: { hits: 2, total: 1 } }, { kind: 'nothing' }],
  ['another statistic', p95, { response_time_ms: { mean: 120 } }, { kind: 'nothing' }],
  ['a text', errors, { error_rate: '0' }, { kind: 'nothing' }],
  ['nothing of it', own, { queue: null }, { kind: 'nothing' }],
  ['no JSON', errors, '<html>', { kind: 'nothing', unreachable: true }],
])('takes %s', async (_, quantity, body, reading) => {
  expect(await read(quantity, body)).toMatchObject(reading);
});

it('says where there was nothing', async () => {
  expect(await read(own, { queue: {} })).toMatchObject({
    why: expect.stringMatching(/:\d+ tells nothing at queue\.depth$/),
  });
  expect(await read(errors, {})).toMatchObject({ why: expect.stringMatching(/:\d+ tells nothing at error_rate$/) });
});

it.each([404, 500])('is no data when it answers %i', async (code) => {
  expect(await read(errors, { error_rate: 0 }, code)).toMatchObject({ kind: 'nothing', unreachable: true });
});
