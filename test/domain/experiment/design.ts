import type { ExperimentDesign } from '../../../src/domain/experiment';

/** Whether 12% instead of 10% buy: 3,841 of each group are needed. */
export function design(change: Partial<ExperimentDesign> = {}): ExperimentDesign {
  return {
    share: 50,
    metric: { kind: 'query', name: 'conversion', hits: 'bought', total: 'visited', better: 'higher' },
    minEffect: 0.02,
    baselineRate: 0.1,
    significance: 0.05,
    power: 0.8,
    ...change,
  };
}

/** Whether response times change by 5 ms where they vary by 10 ms. */
export function timesDesign(change: Partial<ExperimentDesign> = {}): ExperimentDesign {
  const { baselineRate: _, ...rest } = design();
  const metric = { kind: 'metric' as const, metric: 'response_time_ms' as const, statistic: 'mean' as const };
  return { ...rest, metric, minEffect: 5, sd: 10, ...change };
}
