import {
  judge,
  type Baseline,
  type Check,
  type Measured,
  type MetricsSpec,
  type Quantity,
} from '../../../src/domain/analysis';
import { PrometheusMetrics } from '../../../src/drivers/metrics/prometheus';
import { whyUnmeasurable } from '../../../src/drivers/metrics/refusal';
import type { Group, Question } from '../../../src/drivers/metrics/source';
import { MeasuredService, type Manners } from '../../support/measured-service';
import { PrometheusServer } from '../../support/prometheus-server';

/** A real Prometheus that scrapes services which tell figures by prom-client; all of them serve requests all the time. */

const WINDOW_MS = 4_000;
const USUAL: Manners = { errors: 0.03, median: 0.1 };
const BEFORE = '1.4.0';
/** By the version that does so. */
const RELEASES: Record<string, Manners> = {
  equal: USUAL,
  erring: { ...USUAL, errors: 3 * USUAL.errors },
  slow: { ...USUAL, median: 1.5 * USUAL.median },
};
// One in a thousand equal ones is blamed: a test that runs every day is not to be one of them.
const baseline: Baseline = { minSamples: 200, minEffect: 0.2, significance: 0.001 };

const metric = (
  name: 'error_rate' | 'success_rate' | 'response_time_ms',
  limits: object,
  statistic: 'mean' | 'p95' = 'mean',
): Check => ({
  name,
  quantity: { kind: 'metric', metric: name, statistic },
  ...limits,
});
const ERRORS = metric('error_rate', { max: 0.5 });
const TIMES = metric('response_time_ms', { max: 10_000 }, 'p95');

let prometheus: PrometheusServer;
const services: MeasuredService[] = [];
let window: { from: Date; until: Date };

beforeAll(async () => {
  prometheus = await PrometheusServer.start();
  // Two instances of what ran before, and two of each release.
  const versions = { [BEFORE]: USUAL, ...RELEASES };
  for (const [version, manners] of Object.entries(versions)) {
    for (const each of [1, 2]) {
      services.push(await MeasuredService.start({ service: 'web', version }, manners, services.length * 7919 + each));
    }
  }
  await prometheus.scrape(services.map(({ target }) => target));
  const from = Date.now();
  // Until Prometheus has a whole window of all of them.
  const whole = `min(count_over_time(http_requests_total{status="503"}[${WINDOW_MS}ms])) >= ${WINDOW_MS / 250 - 2}`;
  while (Date.now() < from + WINDOW_MS || (await prometheus.value(whole)) === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const until = Date.now();
  window = { from: new Date(until - WINDOW_MS), until: new Date(until) };
}, 60_000);
afterAll(async () => {
  await Promise.all(services.map((each) => each.stop()));
  await prometheus.stop();
});

const { signal } = new AbortController();
const source = (queries = {}) =>
  new PrometheusMetrics({ kind: 'prometheus', url: prometheus.url, timeoutMs: 5_000, queries });
const question = (quantity: Quantity, group: Group, version: string): Question => ({
  quantity,
  service: 'web',
  environment: 'production',
  group,
  versions: { codeVersion: version, configurationVersion: '1' },
  ...window,
});

async function measured(check: Check, version: string): Promise<Measured> {
  const read = (group: Group, of: string) => source().read(question(check.quantity, group, of), signal);
  return { check, release: await read('release', version), before: await read('before', BEFORE) };
}

it.each<[string, string, 'pass' | 'fail', Check, RegExp]>([
  ['equal', 'errors', 'pass', ERRORS, /error_rate is/],
  ['equal', 'response times', 'pass', TIMES, /response_time_ms is/],
  ['erring', 'errors', 'fail', ERRORS, /error_rate beside what ran before is .* against .*: worse by [\d.]+%/],
  ['erring', 'response times', 'pass', TIMES, /response_time_ms is/],
  [
    'slow',
    'response times',
    'fail',
    TIMES,
    /response_time_ms beside what ran before is .* ms .* against .* ms .*: worse by [\d.]+%/,
  ],
  ['slow', 'errors', 'pass', ERRORS, /error_rate is/],
])('of a release that is %s, the %s are judged: %s', async (version, _, kind, check, says) => {
  const verdict = judge([await measured(check, version)], { baseline });
  expect(verdict).toMatchObject({ kind, text: expect.stringMatching(says) });
});

it('counts what was served, and sees the share of errors and the response times as they are', async () => {
  const { release } = await measured(ERRORS, 'erring');
  const { release: times } = await measured(TIMES, 'slow');
  if (release.kind === 'nothing' || times.kind === 'nothing') throw new Error('nothing was measured');
  // 600 a second are served by either of two, give or take.
  expect(release.share!.total).toBeGreaterThan(1_500);
  expect(release.value).toBeGreaterThan(0.06);
  expect(release.value).toBeLessThan(0.12);
  // 2.68 times the median of a log-normal one.
  expect(times.value).toBeGreaterThan(320);
  expect(times.value).toBeLessThan(500);
});

it.each<[string, Check]>([
  ['a version that nobody runs', { ...ERRORS }],
  ['times of a version that nobody runs', { ...TIMES }],
])('has no data of %s, which never passes', async (_, check) => {
  const { release } = await measured(check, '9.9.9');
  expect(judge([{ check, release }], { baseline }).kind).toBe('no_data');
});

it('has no data of a window in which it scraped once', async () => {
  const short = { ...question(ERRORS.quantity, 'release', 'equal'), from: new Date(window.until.getTime() - 1_000) };
  const own = (seconds: string) => ({
    ...short,
    quantity: { kind: 'query' as const, query: `sum(increase(http_requests_total[${seconds}]))` },
  });
  expect(await source().read(own('200ms'), signal)).toMatchObject({ kind: 'nothing' });
  expect(await source().read(own('1s'), signal)).toMatchObject({ kind: 'measured' });
});

describe('refuses before anything is touched', () => {
  const why = (check: Check, queries: Extract<MetricsSpec, { kind: 'prometheus' }>['queries'] = {}) =>
    whyUnmeasurable(
      source(queries),
      {
        service: 'web',
        environment: 'production',
        // What a metric can be called by, too.
        release: { codeVersion: '999', configurationVersion: '1' },
        analysis: {
          source: { kind: 'prometheus', url: prometheus.url, timeoutMs: 5_000, queries },
          durationMs: 1,
          intervalMs: 1,
          violations: 1,
          count: 'total',
          onNoData: 'pause',
          onInconclusive: 'pause',
          checks: [check],
        },
      },
      Date.now(),
      signal,
    );
  const own = (query: string): Check => ({ name: 'queue', quantity: { kind: 'query', query }, max: 1 });

  it.each<[string, Check, RegExp]>([
    [
      'a mistake in PromQL',
      own('max(http_requests_total'),
      /queue can't be measured: Prometheus refuses max\(.*: .*parse error/,
    ],
    ['a range where none may be', own('http_requests_total[5m] > 1'), /Prometheus refuses/],
    [
      'a metric that it never had',
      own('sum(rate(http_request_total{version="{{version}}"}[{{window}}]))'),
      /queue can't be measured: Prometheus has never had a metric http_request_total; did you mean http_requests_total\? Mend the query/,
    ],
    [
      'one that nothing is like',
      own('max(nothing_of_the_kind_here)'),
      /never had a metric nothing_of_the_kind_here\. Mend/,
    ],
    ['a usual one that it never had', metric('error_rate', { max: 0.1 }), /never had a metric web_requests_total/],
  ])('%s', async (_, check, words) => {
    const queries = check.name === 'error_rate' ? { requests: 'sum(increase(web_requests_total[{{window}}]))' } : {};
    expect(await why(check, queries)).toMatch(words);
  });

  it.each<[string, Check]>([
    ['what it has, though not of that version yet', ERRORS],
    ['times that it has, though not of that version yet', TIMES],
    ['an own query of the kind', own('sum(rate(http_requests_total{version="{{version}}"}[{{window}}]))')],
    ['a name that is new with each release', own('max(queue_{{version}})')],
    ['a name that is said not to be there yet', own('max({__name__="queue_depth"}) or vector(0)')],
  ])('and not %s', async (_, check) => {
    expect(await why(check)).toBeUndefined();
  });

  it('nor anything while it knows nothing at all', async () => {
    const empty = await PrometheusServer.start();
    try {
      const asked = new PrometheusMetrics({ kind: 'prometheus', url: empty.url, timeoutMs: 5_000, queries: {} });
      expect(await asked.refusal(question(own('max(queue)').quantity, 'release', '1'), signal)).toBeUndefined();
    } finally {
      await empty.stop();
    }
  });
});
