import type { Fault } from '../plant';

/** In how many are changed at a time. */
export const BATCH_FAULTS: Fault[] = [
  {
    name: 'a hold lets a batch go on',
    file: 'rollout/batch.ts',
    find: `  if (state.hold) return;`,
    replace: ``,
  },
  {
    name: 'a window starts one more than it may',
    file: 'rollout/batch.ts',
    find: `{ left: null, concurrency: Math.min(asked, MAX_IN_FLIGHT) }`,
    replace: `{ left: null, concurrency: Math.min(asked + 1, MAX_IN_FLIGHT) }`,
  },
  {
    name: 'a large batch has no bound on what is in flight',
    file: 'rollout/batch.ts',
    find: `{ left: size, concurrency: Math.min(size, MAX_IN_FLIGHT) }`,
    replace: `{ left: size, concurrency: size }`,
  },
  {
    name: 'a window that was adjusted is forgotten by the next batch',
    file: 'rollout/messages.ts',
    find: `    batching.size = { kind: 'count', count: adjustment.window };`,
    replace: ``,
  },
];
