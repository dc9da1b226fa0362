import type { AnalysisSpec, Check, MetricsSpec } from '../../domain/analysis';
import { durationText } from '../../domain/duration';
import { InputError } from '../../domain/errors';

/** `metrics:` and `analysis:` of a deployment.yaml that means the same; queries are of sources that are not sent. */
export function analysisDocuments(spec: AnalysisSpec | undefined, metrics?: MetricsSpec): object {
  if (spec === undefined) return metrics === undefined ? {} : { metrics: metricsDocument(metrics) };
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

function metricsDocument({ kind }: MetricsSpec): object {
  if (kind === 'agent') return { type: 'agent' };
  throw new InputError(`the address of metrics of the type ${kind} is not sent to an API`);
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
