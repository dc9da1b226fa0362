import {
  NO_DATA,
  numberText,
  type Distribution,
  type Quantity,
  type Reading,
  type Statistic,
} from '../../domain/analysis';

/** Of requests: there are no more of them than all. */
const PARTS: readonly string[] = ['error_rate', 'success_rate'];

/** What can't have been measured of a metric is no data, and said so. An endless value is one: too much by any limit. */
export function plausible(reading: Reading, quantity: Quantity): Reading {
  if (reading.kind === 'nothing') return reading;
  const { value, samples } = reading;
  if (Number.isNaN(value)) return { kind: 'nothing', why: 'what was measured is no number' };
  if (samples === 0) return { kind: 'nothing', why: 'there were no samples' };
  if (quantity.kind === 'query') return reading;
  if (value < 0)
    return { kind: 'nothing', why: `${numberText(value)} was told, and there is no ${quantity.metric} below 0` };
  if (!PARTS.includes(quantity.metric) || value <= 1) return reading;
  if (value === Infinity && quantity.metric === 'error_rate') return reading;
  return { kind: 'nothing', why: `${numberText(value)} was told, and there is no ${quantity.metric} above 1` };
}

/** One number out of single observations. */
export function readingOf(values: readonly number[], statistic: Statistic): Reading {
  if (values.length === 0) return NO_DATA;
  const sorted = [...values].sort((a, b) => a - b);
  return {
    kind: 'measured',
    value: statistic === 'mean' ? mean(sorted) : quantile(sorted, QUANTILES[statistic]),
    samples: sorted.length,
    values: sorted.map((value) => ({ value, count: 1 })),
  };
}

export const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The nearest rank: always a value that was seen. Hyndman and Fan, American Statistician 50 (1996), definition 1. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** How many observations ended at or below each bound, the last one endless. */
export type Buckets = readonly { bound: number; count: number }[];

/**
 * A quantile of a histogram: linear within the bucket that holds it, and the highest bound that has an end beyond that,
 * as Prometheus' `histogram_quantile` does.
 */
export function bucketQuantile(buckets: Buckets, share: number): number {
  const total = buckets.at(-1)?.count ?? 0;
  const rank = share * total;
  let below = { bound: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= rank && bucket.count > below.count) {
      if (!Number.isFinite(bucket.bound)) return below.bound;
      return below.bound + ((bucket.bound - below.bound) * (rank - below.count)) / (bucket.count - below.count);
    }
    below = bucket;
  }
  return NaN;
}

/** Observations by bucket: each counts as the middle of its own, beyond the last bound as that bound. */
export function bucketDistribution(buckets: Buckets): Distribution {
  let below = { bound: 0, count: 0 };
  return buckets.map((bucket) => {
    const value = Number.isFinite(bucket.bound) ? (below.bound + bucket.bound) / 2 : below.bound;
    const count = Math.max(0, Math.round(bucket.count) - Math.round(below.count));
    below = bucket;
    return { value, count };
  });
}
