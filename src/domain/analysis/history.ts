import { VERDICTS, type Finding, type VerdictKind } from './verdict';

/** What was measured of one check in a stretch of time: by one measurement, or by several put together. */
export interface MetricPoint {
  check: string;
  /** In ms since the epoch. */
  from: number;
  until: number;
  /** The worst of them. */
  verdict: VerdictKind;
  /** How many measurements had a value. */
  count: number;
  /** Of those values; absent where there is none. */
  min?: number;
  mean?: number;
  max?: number;
  /** What ran before, at the same time. */
  before?: number;
  /** The percent of requests that the release had; absent where several are put together, or nobody knows. */
  weight?: number;
}

/** One measurement, as far as its history goes. */
export interface Measurement {
  from: number;
  until: number;
  findings: readonly Finding[];
  weight?: number;
}

/** The newest measurements of a deployment stay as they are. */
export const KEPT_ONE_BY_ONE = 500;
/** Of all older ones there are so many points at most. */
export const MOST_POINTS = 200;
/** Each of them is of a twelfth of their time. */
const SLOTS = 12;

export function pointsOf({ from, until, findings, weight }: Measurement): MetricPoint[] {
  return findings.map(({ check, kind, value, before }) => ({
    check,
    from,
    until,
    verdict: kind,
    // An endless one is null by the time it comes back from a database.
    ...(isNumber(value) ? { count: 1, min: value, mean: value, max: value } : { count: 0 }),
    ...(isNumber(before) ? { before } : {}),
    ...(weight === undefined ? {} : { weight }),
  }));
}

/** Points of the same check and the same twelfth of the time become one; what was put together before can be so again. */
export function putTogether(points: readonly MetricPoint[]): MetricPoint[] {
  if (points.length === 0) return [];
  // More checks than points: the first ones have one each.
  const checks = [...new Set(points.map(({ check }) => check))].slice(0, MOST_POINTS);
  const slots = Math.min(SLOTS, Math.floor(MOST_POINTS / checks.length));
  const begin = points.reduce((first, { from }) => Math.min(first, from), Infinity);
  const end = points.reduce((last, { until }) => Math.max(last, until), -Infinity);
  const slotOf = ({ from, until }: MetricPoint) => {
    const part = ((from + until) / 2 - begin) / Math.max(1, end - begin);
    return Math.min(slots - 1, Math.floor(part * slots));
  };
  const together = new Map<string, MetricPoint>();
  for (const point of points) {
    const place = checks.indexOf(point.check);
    if (place < 0) continue;
    const key = `${slotOf(point)}/${place}`;
    const { weight: _, ...rest } = point;
    const found = together.get(key);
    together.set(key, found === undefined ? rest : both(found, rest));
  }
  return [...together.values()].sort(byTime);
}

/** All that is known of a deployment's measurements, the oldest first. */
export function historyOf(rolledUp: readonly MetricPoint[], measurements: readonly Measurement[]): MetricPoint[] {
  const sorted = [...measurements].sort((a, b) => a.until - b.until);
  const old = sorted.slice(0, -KEPT_ONE_BY_ONE).flatMap(pointsOf);
  const young = sorted.slice(-KEPT_ONE_BY_ONE).flatMap(pointsOf);
  return [...(old.length === 0 ? rolledUp : putTogether([...rolledUp, ...old])), ...young];
}

function both(a: MetricPoint, b: MetricPoint): MetricPoint {
  const count = a.count + b.count;
  return {
    check: a.check,
    from: Math.min(a.from, b.from),
    until: Math.max(a.until, b.until),
    verdict: VERDICTS.indexOf(b.verdict) > VERDICTS.indexOf(a.verdict) ? b.verdict : a.verdict,
    count,
    ...(count === 0
      ? {}
      : {
          min: Math.min(a.min ?? Infinity, b.min ?? Infinity),
          mean: ((a.mean ?? 0) * a.count + (b.mean ?? 0) * b.count) / count,
          max: Math.max(a.max ?? -Infinity, b.max ?? -Infinity),
        }),
    ...beforeOf(a, b),
  };
}

/** Weighted as the release's values are: whoever is compared is measured together. */
function beforeOf(a: MetricPoint, b: MetricPoint): { before?: number } {
  if (a.before === undefined) return b.before === undefined ? {} : { before: b.before };
  if (b.before === undefined) return { before: a.before };
  const [of, and] = [Math.max(1, a.count), Math.max(1, b.count)];
  return { before: (a.before * of + b.before * and) / (of + and) };
}

function byTime(a: MetricPoint, b: MetricPoint): number {
  return a.from - b.from || a.until - b.until;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
