import type {
  BlueGreenStrategy,
  CanaryStrategy,
  FeatureFlagsStrategy,
  RollingStrategy,
  Strategy,
  StrategyStep,
} from '../../domain';
import { durationText } from '../../domain/duration';
import { sizeText } from '../../domain/size';
import type { Sticky } from '../../domain/traffic';

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
    match: match.map(({ kind: type, ...rest }) => ({ type, ...rest })),
    ...(sticky === undefined ? {} : { sticky: stickyDocument(sticky) }),
    rollback,
  };
}

function stickyDocument({ kind: type, name }: Sticky): object {
  return { type, name };
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
    case 'approve': {
      const timeout = step.timeoutMs === undefined ? {} : { timeout: durationText(step.timeoutMs) };
      return { type: 'approve', ...timeout, on_timeout: step.onTimeout };
    }
    case 'bake':
      return { type: 'bake', for: durationText(step.forMs) };
    case 'hook':
      return { type: 'hook', name: step.hook };
  }
}

function featuresDocument({ features, onViolation }: FeatureFlagsStrategy): object {
  const written = features.map(({ key, steps }) => [key, steps === 'off' ? false : steps] as const);
  return { type: 'feature_flags', features: Object.fromEntries(written), on_violation: onViolation };
}
