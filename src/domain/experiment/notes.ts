import { grouped, numberText } from '../analysis/reading';
import { durationText } from '../duration';
import { sampleSize } from './sample-size';
import { isShare, metricName, type ExperimentStrategy } from './spec';

/** What a person should know of an experiment before it begins: how much has to be seen, and what it can show. */
export function experimentNotes(strategy: ExperimentStrategy): string[] {
  const { metric, minEffect, significance, power, durationMs, share, baselineRate = 0.5, sd = NaN } = strategy;
  const { release, before } = sampleSize(strategy);
  const what = metric.kind === 'query' ? 'observations' : 'requests';
  const needs =
    release === before
      ? `needs ${grouped(release)} ${what} in each group`
      : `needs ${grouped(release)} ${what} of the release and ${grouped(before)} of what runs now`;
  const from = isShare(metric)
    ? `${numberText(100 * minEffect)} points in ${article(metricName(metric))} of ${numberText(100 * baselineRate)}%`
    : `${numberText(minEffect)} ms in ${article(metricName(metric))} with a standard deviation of ${numberText(sd)} ms`;
  const rate = Math.max(release / share, before / (100 - share)) * 100;
  const perHour = Math.ceil(rate / (durationMs / 3_600_000));
  return [
    `${needs}, to show a difference of ${from} ${numberText(100 * power)} times in 100, and one that isn't there at most ` +
      `${numberText(100 * significance)} times in 100`,
    `within ${durationText(durationMs)} that takes ${grouped(perHour)} ${what} an hour in all; where fewer come, it ends inconclusive`,
    'it is judged once, and promotes nothing by itself: a person approves the release, or rejects it',
  ];
}

function article(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}
