import type { Metric, Quantity, Series } from './spec';

/** What Prometheus has to be asked for to tell a metric. */
export function seriesOf({ metric, statistic }: Extract<Quantity, { kind: 'metric' }>): Series[] {
  const needed: Partial<Record<Metric, Series[]>> = {
    error_rate: ['requests', 'errors'],
    success_rate: ['requests', 'errors'],
    response_time_ms: ['response_time_buckets', ...(statistic === 'mean' ? (['response_time_sum'] as const) : [])],
  };
  return needed[metric] ?? [metric as Series];
}
