import type { Size } from './size';

const MOST = 1_000_000;

/** What a batch, a window or a share may be, in words. */
export const SIZE_RULE =
  'write a count of at least 1, like 3, or a percent above 0% and up to 100% with at most 3 decimals, like 25%';

/** What a limit of failures may be, in words. */
export const LIMIT_RULE =
  'write a count from 0 on, like 2, or a percent from 0% to 100% with at most 3 decimals, like 10%';

/** A size that holds at least one instance, from `3`, `"3"` or `"25%"`; undefined for anything else. */
export function parseSize(value: number | string): Size | undefined {
  const size = parse(value);
  return size === undefined || amount(size) === 0 ? undefined : size;
}

/** A limit of failures, from `0` on; undefined for anything that isn't one. */
export function parseLimit(value: number | string): Size | undefined {
  return parse(value);
}

function parse(value: number | string): Size | undefined {
  const text = String(value);
  // More decimals than size.ts compares exactly would be rounded without a word.
  const percent = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text)?.[1];
  if (percent !== undefined) return Number(percent) <= 100 ? { kind: 'percent', percent: Number(percent) } : undefined;
  if (!/^\d{1,7}$/.test(text) || Number(text) > MOST) return undefined;
  return { kind: 'count', count: Number(text) };
}

function amount(size: Size): number {
  return size.kind === 'count' ? size.count : size.percent;
}
