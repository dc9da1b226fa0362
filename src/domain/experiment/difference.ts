import { largerShare, type Distribution } from '../analysis/statistics';
import { normalQuantile, tQuantile, tTails } from './distributions';

/** How much more the release has, where the truth probably is, and how probable this much is by chance, on both sides. */
export interface Difference {
  by: number;
  low: number;
  high: number;
  p: number;
}

/** Of `total`, `hits` had it; both whole numbers. */
export interface Share {
  hits: number;
  total: number;
}

/** What is known of values. */
export interface Summary {
  n: number;
  mean: number;
  variance: number;
}

/**
 * Between two shares. The interval is Newcombe's hybrid score interval, method 10 of Statistics in Medicine 17 (1998), 873–890:
 * out of Wilson's for each. The test is the two-proportion z-test with a pooled share, or Fisher's where numbers are small,
 * on both sides.
 */
export function differenceOfShares(release: Share, before: Share, significance: number): Difference {
  const [a, b] = [release.hits / release.total, before.hits / before.total];
  const [one, other] = [wilson(release, significance), wilson(before, significance)];
  return {
    by: a - b,
    low: a - b - Math.hypot(a - one.low, other.high - b),
    high: a - b + Math.hypot(one.high - a, b - other.low),
    p: Math.min(1, 2 * Math.min(largerShare(release, before).p, largerShare(before, release).p)),
  };
}

/** Wilson's score interval of one share. Journal of the American Statistical Association 22 (1927), 209–212. */
export function wilson({ hits, total }: Share, significance: number): { low: number; high: number } {
  const z = normalQuantile(1 - significance / 2);
  const share = hits / total;
  const centre = (share + z ** 2 / (2 * total)) / (1 + z ** 2 / total);
  const reach = (z / (1 + z ** 2 / total)) * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2));
  // What follows from none, or from all, is exact: no rounding leads past it.
  return { low: hits === 0 ? 0 : centre - reach, high: hits === total ? 1 : centre + reach };
}

/**
 * Between two means whose variances may differ: Welch, Biometrika 34 (1947), with Satterthwaite's degrees of freedom
 * (Biometrics Bulletin 2, 1946).
 */
export function differenceOfMeans(release: Summary, before: Summary, significance: number): Difference {
  const by = release.mean - before.mean;
  const [a, b] = [release.variance / release.n, before.variance / before.n];
  const error = Math.sqrt(a + b);
  if (error === 0) return { by, low: by, high: by, p: by === 0 ? 1 : 0 };
  const freedom = (a + b) ** 2 / (a ** 2 / (release.n - 1) + b ** 2 / (before.n - 1));
  const reach = tQuantile(significance, freedom) * error;
  return { by, low: by - reach, high: by + reach, p: tTails(by / error, freedom) };
}

/** What is known of values that were counted. At least two are needed to know how they vary. */
export function summaryOf(values: Distribution): Summary {
  const n = values.reduce((sum, { count }) => sum + count, 0);
  const mean = values.reduce((sum, { value, count }) => sum + value * count, 0) / n;
  const squares = values.reduce((sum, { value, count }) => sum + count * (value - mean) ** 2, 0);
  return { n, mean, variance: squares / (n - 1) };
}
