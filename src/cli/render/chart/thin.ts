import { VERDICTS } from '../../../domain/analysis';
import type { ChartPoint } from './data';

/** Points that would be drawn in the same place become one, with all that they reach over and the worst of their verdicts. */
export function thinned(points: readonly ChartPoint[], placeOf: (at: number) => number): ChartPoint[] {
  const thin: (ChartPoint & { of: number })[] = [];
  for (const point of points) {
    const last = thin.at(-1);
    if (last !== undefined && placeOf(last.at) === placeOf(point.at)) {
      thin[thin.length - 1] = both(last, point);
    } else {
      thin.push({ ...point, of: point.value === undefined ? 0 : 1 });
    }
  }
  return thin.map(({ of: _, ...point }) => point);
}

function both(a: ChartPoint & { of: number }, b: ChartPoint): ChartPoint & { of: number } {
  const verdict = VERDICTS.indexOf(b.verdict) > VERDICTS.indexOf(a.verdict) ? b.verdict : a.verdict;
  if (b.value === undefined) return { ...a, verdict };
  if (a.value === undefined) return { at: a.at, verdict, value: b.value, of: 1 };
  return {
    at: a.at,
    verdict,
    value: {
      low: Math.min(a.value.low, b.value.low),
      mid: (a.value.mid * a.of + b.value.mid) / (a.of + 1),
      high: Math.max(a.value.high, b.value.high),
    },
    of: a.of + 1,
  };
}
