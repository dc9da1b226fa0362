import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricsSpec, Quantity } from '../../../src/domain/analysis';
import { PrometheusMetrics } from '../../../src/drivers/metrics/prometheus';

let server: Server;
let asked: URLSearchParams[] = [];
/** What each query answers, by a part of it. */
let answers: [RegExp, unknown][] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    asked.push(searchParams);
    const query = searchParams.get('query') ?? '';
    const [, answer = vector()] = answers.find(([pattern]) => pattern.test(query)) ?? [];
    const { code = 200, body } =
      pathname === '/api/v1/query' ? (answer as { code?: number; body: unknown }) : { code: 404, body: {} };
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked = [];
  answers = [];
});

const vector = (...points: [Record<string, string>, string][]) => ({
  body: {
    status: 'success',
    data: { resultType: 'vector', result: points.map(([metric, value]) => ({ metric, value: [0, value] })) },
  },
});
const refuses = (error: string) => ({ code: 400, body: { status: 'error', errorType: 'bad_data', error } });
const source = (queries = {}, port = (server.address() as AddressInfo).port) => {
  const spec: Extract<MetricsSpec, { kind: 'prometheus' }> = {
    kind: 'prometheus',
    url: `http://127.0.0.1:${port}/`,
    timeoutMs: 2_000,
    queries,
  };
  return new PrometheusMetrics(spec);
};
const question = (quantity: Quantity) => ({
  quantity,
  service: 'we"b',
  environment: 'production',
  group: 'release' as const,
  versions: { codeVersion: '1.5.0', configurationVersion: '12' },
  from: new Date(1_000_000),
  until: new Date(1_030_000),
});
const metric = (
  name: 'error_rate' | 'success_rate' | 'response_time_ms' | 'cpu' | 'memory',
  statistic: 'mean' | 'p95' = 'mean',
) => question({ kind: 'metric', metric: name, statistic });
const { signal } = new AbortController();
const read = (...of: Parameters<typeof metric>) => source().read(metric(...of), signal);

it('asks about the release and the time, as the end of it was', async () => {
  answers = [[/./, vector([{}, '3'])]];
  await source().read(
    question({ kind: 'query', query: 'max(queue{version="{{version}}",s="{{ service }}"}[{{window}}])' }),
    signal,
  );
  expect(asked.map((each) => Object.fromEntries(each))).toEqual([
    { query: 'max(queue{version="1.5.0",s="we\\"b"}[30s])', time: '1030' },
  ]);
});

it.each<[string, string, object]>([
  ['+Inf', 'an endless number', { kind: 'measured', value: Infinity }],
  ['-Inf', 'one below all', { kind: 'measured', value: -Infinity }],
  ['NaN', 'no data', { kind: 'nothing', why: 'what was measured is no number' }],
])('takes %s for %s', async (text, _, reading) => {
  answers = [[/./, vector([{}, text])]];
  expect(await source().read(question({ kind: 'query', query: 'a / b' }), signal)).toEqual(reading);
});

it.each<[string, [RegExp, unknown][], object]>([
  [
    'errors without an end',
    [
      [/5\.\./, vector([{}, '+Inf'])],
      [/./, vector([{}, '10'])],
    ],
    { value: 1 },
  ],
  [
    'errors below none',
    [
      [/5\.\./, vector([{}, '-5'])],
      [/./, vector([{}, '10'])],
    ],
    { kind: 'nothing', why: '-0.5 was told, and there is no error_rate below 0' },
  ],
  [
    'requests without an end',
    [[/./, vector([{}, '+Inf'])]],
    { kind: 'nothing', why: 'what was measured is no number' },
  ],
])('takes %s for what they can be', async (_, given, reading) => {
  answers = given;
  expect(await read('error_rate')).toMatchObject(reading);
});

it.each([
  ['the group under way', { name: 'eu', groups: { by: 'region', order: ['eu'], bakeMs: 0, approve: false } }, 'eu'],
  ['no group where all are asked about', undefined, ''],
])('names %s', async (_, fleetGroup, name) => {
  const about = question({ kind: 'query', query: 'max(queue{region="{{fleet_group}}",side="{{group}}"})' });
  await source().read({ ...about, ...(fleetGroup && { fleetGroup }) }, signal);
  expect(asked[0]?.get('query')).toBe(`max(queue{region="${name}",side="release"})`);
});

it('counts errors of requests, and no series of errors as none', async () => {
  answers = [
    [/status=~"5\.\."/, vector([{}, '60.7'])],
    [/requests_total/, vector([{}, '1000.2'])],
  ];
  expect(await read('error_rate')).toEqual({ kind: 'measured', value: 0.061, share: { hits: 61, total: 1000 } });
  expect(await read('success_rate')).toMatchObject({ value: 0.939, share: { hits: 939, total: 1000 } });
  answers = [
    [/status=~"5\.\."/, vector()],
    [/requests_total/, vector([{}, '1000'])],
  ];
  expect(await read('error_rate')).toMatchObject({ value: 0 });
});

it.each<[string, [RegExp, unknown][], string]>([
  ['nobody asked for anything', [[/requests_total/, vector([{}, '0'])]], 'no request was counted'],
  ['there is no such series', [], 'has no such series'],
  [
    'more than one series answers',
    [[/./, vector([{ a: '1' }, '1'], [{ a: '2' }, '2'])]],
    'aggregate them, like sum(…)',
  ],
  [
    'the errors can not be asked for: that is not none',
    [
      [/5\.\./, refuses('parse error')],
      [/./, vector([{}, '10'])],
    ],
    'Prometheus refuses',
  ],
  ['it is overloaded', [[/./, { code: 503, body: {} }]], 'answered 503'],
  ['it is no Prometheus', [[/./, { body: { hello: 'world' } }]], "doesn't answer as Prometheus does"],
])('is no data when %s', async (_, given, why) => {
  answers = given;
  expect(await read('error_rate')).toMatchObject({ kind: 'nothing', why: expect.stringContaining(why) });
});

it("is nobody's fault when nobody listens there", async () => {
  const reading = await source({}, 1).read(metric('cpu'), signal);
  expect(reading).toEqual({
    kind: 'nothing',
    why: "http://127.0.0.1:1 can't be asked: nothing listens there",
    unreachable: true,
  });
});

it('takes quantiles of a histogram as Prometheus does, and keeps the buckets for comparing', async () => {
  answers = [
    [/_bucket/, vector([{ le: '0.1' }, '50'], [{ le: '+Inf' }, '100'], [{ le: '0.5' }, '90'], [{ le: '1' }, '98'])],
    [/_sum/, vector([{}, '25'])],
  ];
  // The 95th of 100 is the fifth of eight between 0.5 and 1 s.
  expect(await read('response_time_ms', 'p95')).toEqual({
    kind: 'measured',
    value: 812.5,
    samples: 100,
    values: [
      { value: 50, count: 50 },
      { value: 300, count: 40 },
      { value: 750, count: 8 },
      { value: 1000, count: 2 },
    ],
  });
  expect(await read('response_time_ms', 'mean')).toMatchObject({ value: 250, samples: 100 });
});

describe('refuses before anything is touched', () => {
  it.each<[string, Quantity, [RegExp, unknown][], string | undefined]>([
    [
      'a query with a mistake',
      { kind: 'query', query: 'max(' },
      [[/max/, refuses('unclosed left parenthesis')]],
      'unclosed left parenthesis',
    ],
    [
      'the usual query of a metric, where Prometheus takes none of it',
      { kind: 'metric', metric: 'memory', statistic: 'mean' },
      [[/process_resident_memory_bytes.* \/ scalar\(avg\(node_memory_MemTotal_bytes\)\)/, refuses('not here')]],
      'not here',
    ],
    [
      'a query that answers more than one series',
      { kind: 'query', query: 'errors' },
      [[/errors/, vector([{ a: '1' }, '1'], [{ a: '2' }, '2'])]],
      'the query answers 2 series, and one is wanted: aggregate them, like sum(…)',
    ],
    [
      'nothing of a histogram, which is of many series',
      { kind: 'metric', metric: 'response_time_ms', statistic: 'p95' },
      [[/./, vector([{ le: '1' }, '1'], [{ le: '+Inf' }, '2'])]],
      undefined,
    ],
    [
      'a value that would change the query where it stands',
      { kind: 'query', query: 'a{v={{service}}}' },
      [],
      '{{service}} stands outside of quotes, where "we\\"b" would change the query; write "{{service}}"',
    ],
    ['nothing where there is no data yet', { kind: 'metric', metric: 'error_rate', statistic: 'mean' }, [], undefined],
    ['nothing where it is overloaded', { kind: 'query', query: 'up' }, [[/./, { code: 503, body: {} }]], undefined],
  ])('%s', async (_, quantity, given, why) => {
    answers = given;
    const refused = await source().refusal(question(quantity), signal);
    if (why === undefined) expect(refused).toBeUndefined();
    else expect(refused).toContain(why);
  });
});
