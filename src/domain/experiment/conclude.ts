import { grouped, numberText, type Reading } from '../analysis/reading';
import { differenceOfMeans, differenceOfShares, summaryOf, type Difference } from './difference';
import { sampleSize } from './sample-size';
import { isHigherBetter, isShare, metricName, type ExperimentDesign, type ExperimentMetric } from './spec';

/** What an experiment has shown. `inconclusive`: too little was seen, which is not the same as no difference. */
export interface Conclusion {
  kind: 'better' | 'worse' | 'no difference shown' | 'inconclusive';
  /** With its numbers, the interval and p. */
  text: string;
  /** Absent: there was nothing to compare. */
  difference?: Difference;
}

/** Of both groups, as much as was seen. */
interface Seen {
  release: number;
  before: number;
}

/**
 * Judges an experiment. To be asked once: when the sample is there, or the time is over. Whoever looks again and again, and
 * ends it when there is a difference, finds one far more often than `significance` where there is none.
 */
export function concludeExperiment(release: Reading, before: Reading, design: ExperimentDesign): Conclusion {
  const compared = compare(release, before, design);
  if (typeof compared === 'string') return { kind: 'inconclusive', text: `${metricName(design.metric)}: ${compared}` };
  const { text, seen, difference } = compared;
  const short = missing(seen, design);
  if (short !== undefined) return { kind: 'inconclusive', text: `${text}: inconclusive, ${short}`, difference };
  const kind = shown(difference, design);
  const level = numberText(100 * (1 - design.significance));
  const { low, high, p } = difference;
  const { metric } = design;
  const unit = isShare(metric) ? 'points' : 'ms';
  const interval = `${level}% interval ${signed(metric, low)} to ${signed(metric, high)} ${unit}, ${chance(p)}`;
  return { kind, text: `${text}: ${kind} (${signed(metric, difference.by)} ${unit}; ${interval})`, difference };
}

/** Whether the sample is there: then, and not before, it is judged. How much is seen says nothing of what is shown. */
export function isSampleComplete(release: Reading, before: Reading, design: ExperimentDesign): boolean {
  const [a, b] = [release, before].map((reading) => observations(reading, design.metric));
  return a !== undefined && b !== undefined && missing({ release: a, before: b }, design) === undefined;
}

/** `1,204 of 3,842 requests`, while it is waited for. */
export function seenText(release: Reading, before: Reading, design: ExperimentDesign): string {
  const [a = 0, b = 0] = [release, before].map((reading) => observations(reading, design.metric));
  return countsText({ release: a, before: b }, design);
}

/** Both have to say so: where the test and the interval disagree, by a hair, nothing is shown. */
function shown({ by, low, high, p }: Difference, { significance, metric }: ExperimentDesign): Conclusion['kind'] {
  if (p >= significance || (low <= 0 && high >= 0)) return 'no difference shown';
  return by > 0 === isHigherBetter(metric) ? 'better' : 'worse';
}

function missing(seen: Seen, design: ExperimentDesign): string | undefined {
  const needed = sampleSize(design);
  if (seen.release >= needed.release && seen.before >= needed.before) return undefined;
  return `only ${countsText(seen, design)} were seen`;
}

function countsText(seen: Seen, design: ExperimentDesign): string {
  const needed = sampleSize(design);
  const what = design.metric.kind === 'query' ? '' : ' requests';
  const of = (group: keyof Seen) => `${grouped(seen[group])} of ${grouped(needed[group])}${what}`;
  return `${of('release')} of the release and ${of('before')} of what ran before`;
}

/** What was seen of both, and how they differ; a text: why that can't be told. */
function compare(release: Reading, before: Reading, { metric, significance }: ExperimentDesign) {
  if (release.kind === 'nothing') return `of the release: ${release.why}`;
  if (before.kind === 'nothing') return `of what ran before: ${before.why}`;
  if (isShare(metric)) {
    const [a, b] = [release.share, before.share];
    if (a === undefined || b === undefined) return 'who measures it tells no numbers behind the share';
    if (a.total === 0 || b.total === 0) return 'nothing was counted';
    return {
      seen: { release: a.total, before: b.total },
      difference: differenceOfShares(a, b, significance),
      text: sides(metric, [a.hits / a.total, b.hits / b.total], [a.total, b.total]),
    };
  }
  if (release.values === undefined || before.values === undefined) return 'who measures it tells no single values';
  const [a, b] = [summaryOf(release.values), summaryOf(before.values)];
  if (a.n < 2 || b.n < 2) return 'fewer than two were seen, which tells nothing of how they vary';
  return {
    seen: { release: a.n, before: b.n },
    difference: differenceOfMeans(a, b, significance),
    text: sides(metric, [a.mean, b.mean], [a.n, b.n]),
  };
}

/** How many are behind a reading; undefined: nobody knows. */
function observations(reading: Reading, metric: ExperimentMetric): number | undefined {
  if (reading.kind === 'nothing') return undefined;
  return isShare(metric) ? reading.share?.total : reading.values && summaryOf(reading.values).n;
}

function sides(metric: ExperimentMetric, [a, b]: [number, number], [n, m]: [number, number]): string {
  const of = (value: number, count: number) => `${valueText(metric, value)} (of ${grouped(count)})`;
  return `${metricName(metric)} is ${of(a, n)} with the release against ${of(b, m)}`;
}

function valueText(metric: ExperimentMetric, value: number): string {
  return isShare(metric) ? `${numberText(100 * value)}%` : `${numberText(value)} ms`;
}

/** `+0.9`, `-12`: points, or ms. */
function signed(metric: ExperimentMetric, value: number): string {
  const size = isShare(metric) ? 100 * value : value;
  return `${size > 0 ? '+' : ''}${numberText(size)}`;
}

function chance(p: number): string {
  return p < 0.0001 ? 'p < 0.0001' : `p = ${p.toFixed(4)}`;
}
