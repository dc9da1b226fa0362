import type { RollingStrategy, Strategy } from '../spec';

/** In which batches instances are changed, and how they are watched after the last. */
export type Pace = Pick<RollingStrategy, 'batching' | 'bakeMs'>;

/** How a strategy paces the changes of instances. */
export function paceOf(strategy: Strategy): Pace {
  switch (strategy.kind) {
    case 'rolling':
      return { batching: strategy.batching, bakeMs: strategy.bakeMs };
    case 'canary':
    case 'blue_green':
    case 'experiment':
      return { batching: { kind: 'batches', sizes: [strategy.batchSize], pauseBetweenMs: 0 }, bakeMs: 0 };
    case 'feature_flags':
      return { batching: { kind: 'batches', sizes: [{ kind: 'count', count: 1 }], pauseBetweenMs: 0 }, bakeMs: 0 };
  }
}
