/** A number of instances, given as a count or as a percent of the targeted ones. */
export type Size = { kind: 'count'; count: number } | { kind: 'percent'; percent: number };

/**
 * How many instances a size stands for. A percent rounds up; the result is at least 1.
 * @param targeted the number that a percent is taken of
 */
export function sizeOf(size: Size, targeted: number): number {
  if (size.kind === 'count') return Math.max(1, size.count);
  return Math.max(1, Math.ceil(percentTimes(size.percent, targeted) / PERCENT_SCALE));
}

/**
 * Whether `failures` is more than the limit allows. A percent is compared exactly,
 * never rounded: 100 × failures > percent × targeted.
 */
export function exceeds(limit: Size, failures: number, targeted: number): boolean {
  if (limit.kind === 'count') return failures > limit.count;
  return PERCENT_SCALE * failures > percentTimes(limit.percent, targeted);
}

/** The largest number of failures that the limit still allows. */
export function allowedFailures(limit: Size, targeted: number): number {
  if (limit.kind === 'count') return limit.count;
  return Math.floor(percentTimes(limit.percent, targeted) / PERCENT_SCALE);
}

/** `3` or `10%`, as people write it. */
export function sizeText(size: Size): string {
  return size.kind === 'count' ? String(size.count) : `${size.percent}%`;
}

// Percents have up to three decimals; integers keep the comparison exact.
const DECIMALS = 1000;
const PERCENT_SCALE = 100 * DECIMALS;

function percentTimes(percent: number, targeted: number): number {
  return Math.round(percent * DECIMALS) * targeted;
}
