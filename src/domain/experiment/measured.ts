import type { Reading } from '../analysis/reading';
import type { Quantity } from '../analysis/spec';
import type { ExperimentMetric } from './spec';

/** What has to be asked for of each group; `readingOf` takes the answers in this order. */
export function quantitiesOf(metric: ExperimentMetric): Quantity[] {
  if (metric.kind === 'metric') return [metric];
  return [metric.hits, metric.total].map((query) => ({ kind: 'query', query }));
}

/** One reading out of the answers. */
export function readingOf(metric: ExperimentMetric, [first, second]: Reading[]): Reading {
  if (first === undefined) return { kind: 'nothing', why: 'nothing was measured' };
  if (metric.kind === 'metric' || first.kind === 'nothing') return first;
  if (second === undefined) return { kind: 'nothing', why: 'nothing was measured' };
  if (second.kind === 'nothing') return second;
  // What is estimated out of samples, as Prometheus' increase() is, is hardly ever a whole number.
  const [hits, total] = [Math.round(first.value), Math.round(second.value)];
  if (!(hits >= 0 && hits <= total)) {
    return { kind: 'nothing', why: `${first.value} of ${second.value} is no share; hits are to be some of total` };
  }
  if (total === 0) return { kind: 'nothing', why: 'nothing was counted' };
  return { kind: 'measured', value: hits / total, samples: total, share: { hits, total } };
}
