/** What is measured. Shares are fractions of 1; times are in ms. */
export const METRICS = [
  'response_time_ms',
  'error_rate',
  'success_rate',
  'cpu',
  'memory',
  'active_connections',
] as const;
export type Metric = (typeof METRICS)[number];

export const STATISTICS = ['mean', 'p50', 'p95', 'p99'] as const;
export type Statistic = (typeof STATISTICS)[number];

/** What Prometheus is asked for, one query each. */
export const SERIES = [
  'requests',
  'errors',
  'response_time_buckets',
  'response_time_sum',
  'cpu',
  'memory',
  'active_connections',
] as const;
export type Series = (typeof SERIES)[number];

/** What is asked for: a metric that Belay knows, or whoever measures is asked in their own words. */
export type Quantity = { kind: 'metric'; metric: Metric; statistic: Statistic } | { kind: 'query'; query: string };

/** One thing that is measured, and what it may be; at least one bound. */
export interface Check {
  /** As people know it: `p95 response time`. */
  name: string;
  quantity: Quantity;
  min?: number;
  max?: number;
}

/** When the release is blamed for being worse than what ran before, at the same time. */
export interface Baseline {
  /** On either side; fewer are no verdict. */
  minSamples: number;
  /** How much worse, as a fraction of the baseline's value: 0.2 is a fifth. */
  minEffect: number;
  /** The largest probability of such a difference by chance. */
  significance: number;
}

/** Who is asked. */
export type MetricsSpec =
  /** What instances report with their heartbeats. */
  | { kind: 'agent' }
  | { kind: 'prometheus'; url: string; timeoutMs: number; queries: Partial<Record<Series, string>> }
  /** Answers with JSON. */
  | { kind: 'http'; url: string; timeoutMs: number };

/** What is done where a period of watching ends without a verdict. */
export type OnUndecided = 'pause' | 'wait' | 'fail';

/** How long a release is watched, and what it is judged by. */
export interface AnalysisRule {
  durationMs: number;
  intervalMs: number;
  /** So many failed measurements take it back. */
  violations: number;
  count: 'consecutive' | 'total';
  onNoData: OnUndecided;
  onInconclusive: OnUndecided;
}

export interface AnalysisSpec extends AnalysisRule {
  source: MetricsSpec;
  /** At least one. */
  checks: Check[];
  baseline?: Baseline;
}
