import { NO_DATA, seriesOf, type MetricsSpec, type Reading, type Series } from '../../domain/analysis';
import { ask } from './ask';
import { bucketDistribution, bucketQuantile, plausible, QUANTILES, type Buckets } from './figure';
import { filledPromql, misplaced } from './filled-promql';
import { metricNames } from './promql';
import { unknownMetric } from './unknown-metric';
import { valuesOf, type MetricsSource, type Question } from './source';

const RELEASE = 'service="{{service}}", version="{{version}}"';

/** What is asked when a deployment says nothing else. Response times are in seconds there; they become ms. */
export const PROMQL: Record<Series, string> = {
  // Only what tells a status: otherwise a label of another name would look like no errors at all.
  requests: `sum(increase(http_requests_total{${RELEASE}, status=~".+"}[{{window}}]))`,
  errors: `sum(increase(http_requests_total{${RELEASE}, status=~"5.."}[{{window}}]))`,
  response_time_buckets: `sum by (le) (increase(http_request_duration_seconds_bucket{${RELEASE}}[{{window}}]))`,
  response_time_sum: `sum(increase(http_request_duration_seconds_sum{${RELEASE}}[{{window}}]))`,
  cpu: `avg(rate(process_cpu_seconds_total{${RELEASE}}[{{window}}]))`,
  // Of what a machine has, as its node exporter tells it.
  memory: `avg(process_resident_memory_bytes{${RELEASE}}) / scalar(avg(node_memory_MemTotal_bytes))`,
  active_connections: `avg(http_server_active_requests{${RELEASE}})`,
};

/** One series of an instant query's answer: its labels, and its value. */
interface Point {
  labels: Record<string, string>;
  value: number;
}

const NO_VERSIONS = { codeVersion: '', configurationVersion: '' };

type Nothing = Extract<Reading, { kind: 'nothing' }>;
type Points = Point[] | (Nothing & { wrong?: true });

/** A Prometheus, or whatever speaks its HTTP API: https://prometheus.io/docs/prometheus/latest/querying/api/ */
export class PrometheusMetrics implements MetricsSource {
  constructor(private readonly spec: Extract<MetricsSpec, { kind: 'prometheus' }>) {}

  async read(question: Question, signal: AbortSignal): Promise<Reading> {
    return plausible(await this.measured(question, signal), question.quantity);
  }

  private async measured(question: Question, signal: AbortSignal): Promise<Reading> {
    const { quantity } = question;
    const one = async (query: Series | { own: string }) => {
      const points = await this.points(query, question, signal);
      return Array.isArray(points) ? single(points) : points;
    };
    if (quantity.kind === 'query') return one({ own: quantity.query });
    switch (quantity.metric) {
      case 'error_rate':
        return shareOf(await one('requests'), await one('errors'), (errors) => errors);
      case 'success_rate':
        return shareOf(await one('requests'), await one('errors'), (errors, total) => total - errors);
      case 'response_time_ms':
        return this.responseTime(question, quantity.statistic, signal);
      default:
        return one(quantity.metric);
    }
  }

  async refusal(question: Question, signal: AbortSignal): Promise<string | undefined> {
    for (const query of queriesFor(question)) {
      const points = await this.points(query, question, signal);
      if (!Array.isArray(points) && points.wrong) return points.why;
      // A histogram is one of each bucket.
      if (query !== 'response_time_buckets' && Array.isArray(points) && points.length > 1) return severalText(points);
      const unknown = await this.unknown(query, question, signal);
      if (unknown !== undefined) return unknown;
    }
    return undefined;
  }

  /** Whatever the version: what only the release tells isn't there yet. */
  private unknown(query: Series | { own: string }, question: Question, signal: AbortSignal) {
    const template = this.templateOf(query);
    const names = metricNames(this.filled(template, question));
    // One whose name is made of what the release is called is new with every release.
    const always = metricNames(this.filled(template, { ...question, versions: NO_VERSIONS }));
    return unknownMetric(
      names.filter((name) => always.includes(name)),
      (what) => this.ask(what, signal),
    );
  }

  private async responseTime(question: Question, statistic: keyof typeof QUANTILES | 'mean', signal: AbortSignal) {
    const points = await this.points('response_time_buckets', question, signal);
    if (!Array.isArray(points)) return points;
    const buckets = bucketsOf(points);
    const samples = Math.round(buckets.at(-1)?.count ?? 0);
    if (samples === 0)
      return { ...NO_DATA, why: `no request of ${question.versions.codeVersion} was timed` } as Nothing;
    const values = bucketDistribution(buckets);
    if (statistic !== 'mean') {
      const value = bucketQuantile(buckets, QUANTILES[statistic]);
      return { kind: 'measured' as const, value, samples, values };
    }
    const sums = await this.points('response_time_sum', question, signal);
    if (!Array.isArray(sums)) return sums;
    const sum = single(sums);
    if (sum.kind === 'nothing') return sum;
    return { kind: 'measured' as const, value: (sum.value * 1000) / samples, samples, values };
  }

  private templateOf(query: Series | { own: string }): string {
    return typeof query === 'string' ? (this.spec.queries[query] ?? PROMQL[query]) : query.own;
  }

  /** The answer at the end of the time that is asked about. */
  private async points(query: Series | { own: string }, question: Question, signal: AbortSignal): Promise<Points> {
    const template = this.templateOf(query);
    const why = misplaced(template, valuesOf(question));
    if (why !== undefined) return { kind: 'nothing', why, wrong: true };
    const promql = this.filled(template, question);
    const parameters = new URLSearchParams({ query: promql, time: String(question.until.getTime() / 1000) });
    const asked = await this.ask(`query?${parameters.toString()}`, signal);
    if (asked.kind === 'nothing') return asked;
    const { status, data, error } = asked.body as { status?: string; data?: { result?: unknown }; error?: string };
    if (asked.status === 400 || asked.status === 422) {
      return { kind: 'nothing', why: `Prometheus refuses ${promql}: ${error ?? 'without a word'}`, wrong: true };
    }
    if (status !== 'success' || !Array.isArray(data?.result)) {
      return {
        kind: 'nothing',
        why: `${new URL(this.spec.url).origin} doesn't answer as Prometheus does`,
        unreachable: true,
      };
    }
    return pointsOf(data as { resultType?: string; result: unknown[] });
  }

  private filled(template: string, question: Question): string {
    return filledPromql(template, valuesOf(question));
  }

  private ask(what: string, signal: AbortSignal): ReturnType<typeof ask> {
    const { url, timeoutMs } = this.spec;
    return ask(`${url.replace(/\/+$/, '')}/api/v1/${what}`, timeoutMs, signal);
  }
}

/** What has to be asked to answer it. */
function queriesFor({ quantity }: Question): (Series | { own: string })[] {
  return quantity.kind === 'query' ? [{ own: quantity.query }] : seriesOf(quantity);
}

/** Of a vector each series, of a scalar the one value. */
function pointsOf({ resultType, result }: { resultType?: string; result: unknown[] }): Point[] {
  if (resultType === 'scalar') return [{ labels: {}, value: numberOf(result[1]) }];
  return result.map((each) => {
    const { metric = {}, value } = each as { metric?: Record<string, string>; value?: [number, string] };
    return { labels: metric, value: numberOf(value?.[1]) };
  });
}

/** As Prometheus writes it: `1.5`, `+Inf`, `NaN`. */
function numberOf(text: unknown): number {
  return Number(String(text).replace('Inf', 'Infinity'));
}

const EMPTY: Reading = { kind: 'nothing', why: 'Prometheus has no such series in that time' };

function single(points: Point[]): Reading {
  const [point, ...more] = points;
  if (point === undefined) return EMPTY;
  if (more.length > 0) return { kind: 'nothing', why: severalText(points) };
  return { kind: 'measured', value: point.value };
}

function severalText(points: Point[]): string {
  return `the query answers ${points.length} series, and one is wanted: aggregate them, like sum(…)`;
}

/** Counts that Prometheus extrapolates become whole numbers. No errors at all is no series at all. */
function shareOf(requests: Reading, errors: Reading, hitsOf: (errors: number, total: number) => number): Reading {
  if (requests.kind === 'nothing') return requests;
  if (errors.kind === 'nothing' && errors !== EMPTY) return errors;
  const total = Math.round(requests.value);
  if (!(total > 0)) return { kind: 'nothing', why: 'no request was counted in that time' };
  const wrong = errors.kind === 'nothing' ? 0 : Math.min(total, Math.round(errors.value));
  const hits = hitsOf(wrong, total);
  return { kind: 'measured', value: hits / total, share: { hits, total } };
}

/** In ms, from the lowest bound to the endless one; counts never fall. */
function bucketsOf(points: Point[]): Buckets {
  const buckets = points
    .map(({ labels, value }) => ({ bound: numberOf(labels.le) * 1000, count: value }))
    .filter(({ bound, count }) => !Number.isNaN(bound) && !Number.isNaN(count))
    .sort((a, b) => a.bound - b.bound);
  let most = 0;
  return buckets.map(({ bound, count }) => ({ bound, count: (most = Math.max(most, count)) }));
}
