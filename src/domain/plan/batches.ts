import { sizeOf, type Size } from '../size';

/**
 * Cuts what is to be changed into batches. Sizes in percent are of the targeted number; the last size repeats.
 */
export function cutBatches<T>(members: readonly T[], sizes: readonly Size[], targeted: number): T[][] {
  const batches: T[][] = [];
  for (let from = 0; from < members.length;) {
    const size = sizes[Math.min(batches.length, sizes.length - 1)] ?? { kind: 'count', count: 1 };
    const batch = members.slice(from, from + sizeOf(size, targeted));
    batches.push(batch);
    from += batch.length;
  }
  return batches;
}
