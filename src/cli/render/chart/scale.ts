import { spanText } from '../words';

/** From values to places on the picture. */
export interface Scale {
  (value: number): number;
  ticks: number[];
}

/**
 * Ticks at round numbers that hold all values; 0 is among them unless the values are far from it, which shares are that
 * are all nearer to 100%.
 */
export function valueScale(
  values: readonly number[],
  from: number,
  to: number,
  of: 'share' | 'number' = 'number',
): Scale {
  let low = values.reduce((a, b) => Math.min(a, b), Infinity);
  let high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(low <= high)) [low, high] = [0, 1];
  if (low >= 0 && (low < high * 0.7 || (of === 'share' && low < 50))) low = 0;
  if (low === high) {
    const room = Math.abs(low) * 0.1 || 1;
    [low, high] = [low - room, high + room];
  }
  const step = roundStep((high - low) / 4);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(12)));
  return linear(first * step, last * step, { from, to, ticks });
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SPANS = [
  ...[100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
];
const MOST_TICKS = 8;

/** Ticks at round spans since the begin. */
export function timeScale(from: number, until: number, places: { from: number; to: number }): Scale {
  const span = Math.max(1, until - from);
  const step = SPANS.find((each) => span / each <= MOST_TICKS) ?? Math.ceil(span / DAY / MOST_TICKS) * DAY;
  const ticks = Array.from({ length: Math.floor(span / step) + 1 }, (_, n) => from + n * step);
  return linear(from, from + span, { ...places, ticks });
}

/** `10 min` */
export function sinceText(ms: number): string {
  return ms >= DAY && ms % DAY === 0 ? `${ms / DAY} d` : spanText(ms).replace(/^0 ms$/, '0');
}

function linear(low: number, high: number, { from, to, ticks }: { from: number; to: number; ticks: number[] }): Scale {
  return Object.assign((value: number) => from + ((value - low) / (high - low)) * (to - from), { ticks });
}

/** 1, 2 or 5 times a power of ten, and not below. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10) * power;
}
