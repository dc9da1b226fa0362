import { sizeOf, type Size } from '../size';
import { baseOf, groupsAfter } from './grouping';
import type { RolloutState } from './state';

/** The batches started and those that the pending members will take, by the sizes of now. */
export function batchesInAll(state: RolloutState): number {
  const { policy, members, batchNumber, grouping } = state;
  const { batching } = policy.strategy;
  if (batching.kind === 'window') return Math.max(1, batchNumber);
  const { sizes } = batching;
  const pending = members.number('pending') - (state.batch?.left ?? 0);
  const here = batchesFor(pending, sizes, baseOf(state), batchNumber - (grouping?.batchesBefore ?? 0));
  return groupsAfter(state).reduce(
    (sum, { size, waiting }) => sum + batchesFor(waiting, sizes, size, 0),
    batchNumber + here,
  );
}

/** How many more batches so many members take, of which percents of `base` are taken. */
function batchesFor(pending: number, sizes: readonly Size[], base: number, before: number): number {
  let [left, number] = [pending, before];
  for (; left > 0 && number < sizes.length - 1; number++) left -= sizeOf(sizes[number]!, base);
  const last = sizes.at(-1);
  if (left > 0) number += Math.ceil(left / (last === undefined ? 1 : sizeOf(last, base)));
  return number - before;
}
