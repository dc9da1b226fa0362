import type { AnalysisSpec, Check, MetricsSpec } from '../../domain/analysis';
import { durationText } from '../../domain/duration';

/** `metrics:` and `analysis:` of a deployment.yaml that means the same. */
export function analysisDocuments(spec: AnalysisSpec | undefined): object {
  if (spec === undefined) return {};
  const { baseline } = spec;
  return {
    metrics: metricsDocument(spec.source),
    analysis: {
      monitoring_duration: durationText(spec.durationMs),
      health_check_interval: durationText(spec.intervalMs),
      rollback_threshold_violations: spec.violations,
      count: spec.count,
      on_no_data: spec.onNoData,
      on_inconclusive: spec.onInconclusive,
      thresholds: thresholdsOf(spec.checks),
      checks: spec.checks.flatMap(ownCheck),
      ...(baseline === undefined
        ? {}
        : {
            baseline: {
              type: 'concurrent',
              min_samples: baseline.minSamples,
              min_effect: baseline.minEffect,
              significance: baseline.significance,
            },
          }),
    },
  };
}

function metricsDocument(source: MetricsSpec): object {
  switch (source.kind) {
    case 'agent':
      return { type: 'agent' };
    case 'http':
      return { type: 'http', url: source.url, timeout: durationText(source.timeoutMs) };
    case 'prometheus': {
      const { url, timeoutMs, queries } = source;
      return { type: 'prometheus', url, timeout: durationText(timeoutMs), queries };
    }
  }
}

function thresholdsOf(checks: readonly Check[]): object {
  const limits: Record<string, unknown> = {};
  const times: Record<string, number> = {};
  for (const { quantity, max, min } of checks) {
    if (quantity.kind === 'query') continue;
    switch (quantity.metric) {
      case 'response_time_ms':
        if (max !== undefined) times[quantity.statistic] = max;
        break;
      case 'error_rate':
        limits.max_error_rate = max;
        break;
      case 'success_rate':
        limits.min_success_rate = min;
        break;
      case 'cpu':
        limits.max_cpu_usage = max;
        break;
      case 'memory':
        limits.max_memory_usage = max;
        break;
      case 'active_connections':
        limits.max_active_connections = max;
        break;
    }
  }
  return { ...limits, ...(Object.keys(times).length === 0 ? {} : { max_response_time_ms: times }) };
}

function ownCheck({ name, quantity, max, min }: Check): object[] {
  if (quantity.kind === 'metric') return [];
  return [
    {
      name,
      query: quantity.query,
      ...(max === undefined ? {} : { max }),
      ...(min === undefined ? {} : { min }),
    },
  ];
}
