/** Values with how often each was seen; in any order. */
export type Distribution = readonly { value: number; count: number }[];

/** What a test says: the probability of a difference this large, in this direction, where there is none. */
export interface Tested {
  p: number;
}

/** Below this many expected in a cell the normal approximation is not to be trusted. Cochran, Biometrics 10 (1954). */
const FEWEST_EXPECTED = 10;

/**
 * Whether the first share is larger than the second: the one-sided two-proportion z-test with a pooled share, and where
 * numbers are small Fisher's exact test. Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, ch. 2–3.
 * @param first of `total` things, `hits` had it; both whole numbers
 */
export function largerShare(first: { hits: number; total: number }, second: { hits: number; total: number }): Tested {
  const total = first.total + second.total;
  const hits = first.hits + second.hits;
  if (first.total === 0 || second.total === 0 || hits === 0 || hits === total) return { p: 1 };
  const pooled = hits / total;
  const fewest = Math.min(first.total, second.total) * Math.min(pooled, 1 - pooled);
  if (fewest < FEWEST_EXPECTED) return { p: fisher(first.hits, first.total, hits, total) };
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / first.total + 1 / second.total));
  return { p: upperTail((first.hits / first.total - second.hits / second.total) / error) };
}

/**
 * Whether values of the first tend to be larger: the one-sided Mann–Whitney U test with the normal approximation, corrected
 * for ties and continuity. Mann and Whitney, Annals of Mathematical Statistics 18 (1947); ties: Lehmann, Nonparametrics, 1.5.
 */
export function largerValues(first: Distribution, second: Distribution): Tested & { superiority: number } {
  const [n, m] = [size(first), size(second)];
  if (n === 0 || m === 0) return { p: 1, superiority: 0.5 };
  const merged = new Map<number, { a: number; b: number }>();
  for (const { value, count } of first) entry(merged, value).a += count;
  for (const { value, count } of second) entry(merged, value).b += count;
  let below = 0;
  let wins = 0;
  let ties = 0;
  for (const [, { a, b }] of [...merged].sort(([x], [y]) => x - y)) {
    // Each of the first beats all of the second that are below it, and half of its equals.
    wins += a * (below + b / 2);
    below += b;
    ties += (a + b) ** 3 - (a + b);
  }
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  const superiority = wins / (n * m);
  if (variance <= 0) return { p: 1, superiority };
  return { p: upperTail((wins - (n * m) / 2 - 0.5) / Math.sqrt(variance)), superiority };
}

/** The probability that a normal variable is above z. Abramowitz and Stegun 26.2.17: the error is below 7.5e-8. */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

/** The chance of at least so many of `hits` among the first `drawn` of `total`. */
function fisher(hitsDrawn: number, drawn: number, hits: number, total: number): number {
  const all = logChoose(total, drawn);
  let p = 0;
  for (let k = hitsDrawn; k <= Math.min(drawn, hits); k++) {
    if (drawn - k > total - hits) continue;
    p += Math.exp(logChoose(hits, k) + logChoose(total - hits, drawn - k) - all);
  }
  return Math.min(1, p);
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** Exact for small numbers, Stirling's series from there on: Abramowitz and Stegun 6.1.41. */
function logFactorial(n: number): number {
  if (n < 32) {
    let log = 0;
    for (let k = 2; k <= n; k++) log += Math.log(k);
    return log;
  }
  const x = n + 1;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + 1 / (12 * x) - 1 / (360 * x ** 3);
}

function entry<K>(map: Map<K, { a: number; b: number }>, key: K): { a: number; b: number } {
  const found = map.get(key) ?? { a: 0, b: 0 };
  map.set(key, found);
  return found;
}

export function size(distribution: Distribution): number {
  return distribution.reduce((sum, { count }) => sum + count, 0);
}
