import type { Size } from '../../src/domain';

/** The rules for sizes written a second time, in whole numbers without bounds: the engine's own must agree. */
function percentOf(percent: number, targeted: number): { hundredths: bigint; scale: bigint } {
  const [whole = '0', part = ''] = percent.toFixed(6).split('.');
  return { hundredths: BigInt(whole + part) * BigInt(targeted), scale: 100n * 10n ** BigInt(part.length) };
}

/** 100 × failures > percent × targeted */
export function isOver(limit: Size, failures: number, targeted: number): boolean {
  if (limit.kind === 'count') return failures > limit.count;
  const { hundredths, scale } = percentOf(limit.percent, targeted);
  return BigInt(failures) * scale > hundredths;
}

/** The most failures that aren't too many. */
export function mostAllowed(limit: Size, targeted: number): number {
  if (limit.kind === 'count') return limit.count;
  const { hundredths, scale } = percentOf(limit.percent, targeted);
  return Number(hundredths / scale);
}

/** Rounded up, at least 1. */
export function sized(size: Size, targeted: number): number {
  if (size.kind === 'count') return Math.max(1, size.count);
  const { hundredths, scale } = percentOf(size.percent, targeted);
  return Math.max(1, Number((hundredths + scale - 1n) / scale));
}
