import { normalQuantile } from './distributions';
import { isHigherBetter, isShare, type ExperimentDesign } from './spec';

/** How many observations each group needs. */
export interface SampleSize {
  release: number;
  before: number;
}

/**
 * What has to be seen of both to show a difference of `minEffect`, if there is one, as often as `power` says. It is known
 * before anything is seen, and the experiment isn't judged before.
 */
export function sampleSize(design: ExperimentDesign): SampleSize {
  const { share, metric, minEffect, baselineRate, sd, significance, power } = design;
  const ratio = (100 - share) / share;
  const how = { significance, power, ratio };
  if (isShare(metric)) return sharesNeeded({ ...how, before: baselineRate ?? 0.5, release: aim(design) });
  return meansNeeded({ ...how, sd: sd ?? NaN, effect: minEffect });
}

/** What the share would be with the smallest improvement that matters. */
function aim({ metric, minEffect, baselineRate = 0.5 }: ExperimentDesign): number {
  return isHigherBetter(metric) ? baselineRate + minEffect : baselineRate - minEffect;
}

interface How {
  significance: number;
  power: number;
  /** How many are seen of what ran before for each that is seen of the release. */
  ratio: number;
}

/**
 * For two shares, tested on both sides: Fleiss, Tytun and Ury, Biometrics 36 (1980), equation 2; Fleiss, Levin and Paik,
 * Statistical Methods for Rates and Proportions, 3rd ed., 4.16. Without the correction for continuity: the test has none.
 */
export function sharesNeeded({
  before,
  release,
  significance,
  power,
  ratio,
}: How & Record<'before' | 'release', number>) {
  const mean = (release + ratio * before) / (ratio + 1);
  const none = Math.sqrt((ratio + 1) * mean * (1 - mean));
  const some = Math.sqrt(ratio * release * (1 - release) + before * (1 - before));
  const spread = normalQuantile(1 - significance / 2) * none + normalQuantile(power) * some;
  return both(spread ** 2 / (ratio * (release - before) ** 2), ratio);
}

/**
 * For two means of one standard deviation, tested on both sides: Chow, Shao and Wang, Sample Size Calculations in Clinical
 * Research, 2nd ed., 3.2.1.
 */
export function meansNeeded({ sd, effect, significance, power, ratio }: How & Record<'sd' | 'effect', number>) {
  const z = normalQuantile(1 - significance / 2) + normalQuantile(power);
  return both((1 + 1 / ratio) * ((z * sd) / effect) ** 2, ratio);
}

/** Rounded up: half an observation shows nothing. */
function both(release: number, ratio: number): SampleSize {
  const [a, b] = [release, release * ratio].map((each) => Math.ceil(Number(each.toPrecision(12))));
  return { release: a!, before: b! };
}
