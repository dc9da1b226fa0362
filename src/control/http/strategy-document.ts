import type {
  BlueGreenStrategy,
  CanaryStrategy,
  FeatureFlagsStrategy,
  RollingStrategy,
  Strategy,
  StrategyStep,
} from '../../domain';
import type { ExperimentMetric, ExperimentStrategy } from '../../domain/experiment';
import { durationText } from '../../domain/duration';
import { sizeText } from '../../domain/size';
import type { Routing } from '../../domain/traffic';

/** `strategy:` of a deployment.yaml that means the same. */
export function strategyDocument(strategy: Strategy): object {
  switch (strategy.kind) {
    case 'rolling':
      return rollingDocument(strategy);
    case 'canary':
      return canaryDocument(strategy);
    case 'blue_green':
      return blueGreenDocument(strategy);
    case 'feature_flags':
      return featuresDocument(strategy);
    case 'experiment':
      return experimentDocument(strategy);
  }
}

function rollingDocument({ batching, bakeMs }: RollingStrategy): object {
  const bake = durationText(bakeMs);
  if (batching.kind === 'window') return { type: 'rolling', window: sizeText(batching.size), bake };
  const pause_between = durationText(batching.pauseBetweenMs);
  return { type: 'rolling', batches: batching.sizes.map(sizeText), pause_between, bake };
}

function canaryDocument({ steps, batchSize, match, sticky, rollback }: CanaryStrategy): object {
  return {
    type: 'canary',
    steps: steps.map(stepDocument),
    batch_size: sizeText(batchSize),
    ...routingDocument({ match, ...(sticky && { sticky }) }),
    rollback,
  };
}

function routingDocument({ match, sticky }: Routing): object {
  return {
    match: match.map(({ kind: type, ...rest }) => ({ type, ...rest })),
    ...(sticky === undefined ? {} : { sticky: { type: sticky.kind, name: sticky.name } }),
  };
}

function blueGreenDocument(strategy: BlueGreenStrategy): object {
  const { slots, slotLabel, validate, watchMs, keepMs } = strategy;
  return {
    type: 'blue_green',
    ...(slots === undefined ? { slot_label: slotLabel } : { slots }),
    batch_size: sizeText(strategy.batchSize),
    validate: validate.map(stepDocument),
    watch_after_switch: durationText(watchMs),
    keep_for: durationText(keepMs),
  };
}

function stepDocument(step: StrategyStep): object {
  switch (step.kind) {
    case 'update':
      return { type: 'update', percent: step.percent };
    case 'traffic':
      return { type: 'traffic', weight: step.weight };
    case 'analyze':
      return { type: 'analyze', for: durationText(step.forMs) };
    case 'approve':
      return { type: 'approve', ...waitingDocument(step) };
    case 'bake':
      return { type: 'bake', for: durationText(step.forMs) };
    case 'hook':
      return { type: 'hook', name: step.hook };
  }
}

/** What becomes of an approval that never comes, where it may be too late. */
export function waitingDocument({
  timeoutMs,
  onTimeout,
}: {
  timeoutMs?: number | undefined;
  onTimeout: string;
}): object {
  return timeoutMs === undefined ? {} : { timeout: durationText(timeoutMs), on_timeout: onTimeout };
}

function featuresDocument({ features, onViolation }: FeatureFlagsStrategy): object {
  const written = features.map(({ key, steps }) => [key, steps === 'off' ? false : steps] as const);
  return { type: 'feature_flags', features: Object.fromEntries(written), on_violation: onViolation };
}

function experimentDocument(strategy: ExperimentStrategy): object {
  const { share, metric, minEffect, baselineRate, sd, significance, power, durationMs } = strategy;
  return {
    type: 'experiment',
    share: `${share}%`,
    ...routingDocument(strategy),
    batch_size: sizeText(strategy.batchSize),
    metric: metricDocument(metric),
    min_effect: sd === undefined ? minEffect : `${minEffect}ms`,
    ...(baselineRate === undefined ? {} : { expected: baselineRate }),
    ...(sd === undefined ? {} : { standard_deviation: `${sd}ms` }),
    significance,
    power,
    duration: durationText(durationMs),
  };
}

function metricDocument(metric: ExperimentMetric): unknown {
  if (metric.kind === 'metric') return metric.metric;
  const { kind: _, ...written } = metric;
  return written;
}
