import type { Size } from '../size';
import type { Match, Sticky } from '../traffic';

/** What two releases are compared by. */
export type ExperimentMetric =
  /** One that Belay knows: a share of requests, or the mean of their times. */
  | { kind: 'metric'; metric: 'success_rate' | 'error_rate' | 'response_time_ms'; statistic: 'mean' }
  /** A share of your own, like of those who buy: how many of how many, each asked for in the source's own words. */
  | { kind: 'query'; name: string; hits: string; total: string; better: 'higher' | 'lower' };

/** Two releases side by side, until enough was seen of both to tell which one is better. It promotes nothing by itself. */
export interface ExperimentStrategy {
  kind: 'experiment';
  /** Percent of users on the release: above 0 and below 100. */
  share: number;
  sticky?: Sticky;
  match: Match[];
  /** How many instances are changed at once at most. */
  batchSize: Size;
  metric: ExperimentMetric;
  /** The smallest difference that matters: of a share as a fraction of 1 (0.01: one point), of a time in ms. */
  minEffect: number;
  /** Of a share: what it is expected to be without the release, as a fraction of 1. */
  baselineRate?: number;
  /** Of a time: its standard deviation, in ms. */
  sd?: number;
  /** How seldom, at most, a difference is shown where there is none: on both sides together. */
  significance: number;
  /** How often, at least, a difference of `minEffect` is shown. */
  power: number;
  /** It is judged then at the latest, whatever was seen. */
  durationMs: number;
}

/** What the size of the sample depends on. */
export type ExperimentDesign = Pick<
  ExperimentStrategy,
  'share' | 'metric' | 'minEffect' | 'baselineRate' | 'sd' | 'significance' | 'power'
>;

/** Whether more of it is better. */
export function isHigherBetter(metric: ExperimentMetric): boolean {
  return metric.kind === 'query' ? metric.better === 'higher' : metric.metric === 'success_rate';
}

/** Whether it is a share, and not the mean of something. */
export function isShare(metric: ExperimentMetric): boolean {
  return metric.kind === 'query' || metric.metric !== 'response_time_ms';
}

/** `success rate`, as people know it. */
export function metricName(metric: ExperimentMetric): string {
  if (metric.kind === 'query') return metric.name;
  return metric.metric === 'response_time_ms' ? 'mean response time' : metric.metric.replace('_', ' ');
}

/** What it is called beside checks, which may be of the same metric. */
export function comparedName(metric: ExperimentMetric): string {
  return `${metricName(metric)}, compared`;
}
