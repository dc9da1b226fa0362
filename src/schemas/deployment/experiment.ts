import { z } from 'zod';
import type { ExperimentMetric, ExperimentStrategy } from '../../domain/experiment';
import { isHigherBetter, isShare } from '../../domain/experiment/spec';
import { templateFault } from '../../domain/analysis/template';
import type { Match, Sticky } from '../../domain/traffic';
import { object } from '../object';
import { choice, converted, line, name, positiveDuration, size } from '../scalars';

/** `write …` for a number between two bounds, as a fraction or a percent. */
const fraction = (right: string, is: (value: number) => boolean) =>
  converted('fraction or percent', right, (text) => {
    const [, digits, percent] = /^(\d{1,6}(?:\.\d{1,6})?)(%?)$/.exec(text) ?? [];
    const value = percent === '%' ? Number(digits) / 100 : Number(digits);
    return digits !== undefined && value <= 1 && is(value) ? Number(value.toPrecision(12)) : undefined;
  });
const inside = (value: number) => value > 0 && value < 1;

/** Of users: 100% would leave nobody to compare with. */
const share = converted('percent', 'write a percent above 0% and below 100%, like 50%', (text) => {
  const percent = Number(/^(\d{1,2}(?:\.\d{1,3})?)%$/.exec(text)?.[1]);
  return percent > 0 && percent < 100 ? percent : undefined;
});

/** A share's difference, in points, or a time's, in ms: which of them is right, the metric says. */
type Amount = { kind: 'share'; value: number } | { kind: 'ms'; value: number };
const amount = (right: string) =>
  converted('percent, fraction or time in ms', right, (text): Amount | undefined => {
    const [, digits, unit] = /^(\d{1,6}(?:\.\d{1,6})?)(%|ms)?$/.exec(text) ?? [];
    const value = Number(digits);
    if (digits === undefined || value === 0) return undefined;
    if (unit === 'ms') return { kind: 'ms', value };
    if (unit === '%') return value < 100 ? { kind: 'share', value: Number((value / 100).toPrecision(12)) } : undefined;
    return value < 1 ? { kind: 'share', value } : undefined;
  });

const query = (what: string) =>
  line(what, 8192).check(
    z.superRefine((text, context) => {
      const fault = templateFault(text);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    }),
  );

const METRICS = ['success_rate', 'error_rate', 'response_time_ms'] as const;

const own = object(
  {
    name: name('metric').describe('What it is called in what is said of it.'),
    hits: query('write a query for how many did it').describe('How many did it: a query, as of `analysis.checks`.'),
    total: query('write a query for how many there were').describe('Of how many.'),
    better: choice(['higher', 'lower']).prefault('higher').describe('Whether more of them is better.'),
  },
  'write { name: conversion, hits: "…", total: "…" }',
);

const right = `write one of ${METRICS.join(', ')}, or { name: conversion, hits: "…", total: "…" }`;

/** `strategy: { type: experiment, … }` */
const EXPERIMENT = {
  type: z.literal('experiment').describe('Two releases side by side, to tell which one is better.'),
  share: share.prefault('50%').describe('How many users are on the release; the others stay on what runs now.'),
  batch_size: size().prefault('10%').describe('How many instances are changed at once.'),
  metric: z
    .union([choice(METRICS), own], { error: () => `is no metric; ${right}` })
    .meta({ type: 'metric, or `{ name, hits, total, better }`' })
    .describe('What they are compared by.'),
  min_effect: amount('write the smallest difference that matters: points of a share, like 0.5%, or a time, like 20ms')
    .meta({ type: 'points, or ms' })
    .describe('The smallest difference that matters: of a share in points, of a time in ms.'),
  expected: amount('write the share without the release, like 95%')
    .optional()
    .describe('Of a share: what it is without the release. Needed then.'),
  standard_deviation: amount('write how far times are from their mean, like 120ms')
    .optional()
    .describe('Of a time: how far they are from their mean. Needed then.'),
  power: fraction('write a percent from 50% to 99.9%, like 80%', (value) => value >= 0.5 && value <= 0.999)
    .prefault('80%')
    .describe('How often a difference of `min_effect` is to be shown, if there is one.'),
  significance: fraction('write a fraction above 0 and below 1, like 0.05', inside)
    .prefault('0.05')
    .describe('How often a difference may be shown where there is none.'),
  duration: positiveDuration().describe('It ends then at the latest, whatever was seen.'),
};

/** What no sample can be told of: which key, and why. */
function experimentFaults(parsed: ParsedExperiment): { path: string; message: string }[] {
  const { metric, min_effect: effect, expected, standard_deviation: sd } = parsed;
  if (!isShare(metricOf(metric))) {
    return [
      ...(effect.kind === 'ms'
        ? []
        : [{ path: 'min_effect', message: 'is a share, and the metric a time; write it like 20ms' }]),
      ...(sd?.kind === 'ms'
        ? []
        : [{ path: 'standard_deviation', message: 'is needed for a time; write it like 120ms' }]),
      ...(expected === undefined
        ? []
        : [{ path: 'expected', message: 'is of shares, and the metric is a time; remove it' }]),
    ];
  }
  const faults = [
    ...(effect.kind === 'share'
      ? []
      : [{ path: 'min_effect', message: 'is a time, and the metric a share; write it like 0.5%' }]),
    ...(expected?.kind === 'share'
      ? []
      : [{ path: 'expected', message: 'is needed for a share; write what it is without the release, like 95%' }]),
    ...(sd === undefined
      ? []
      : [{ path: 'standard_deviation', message: 'is of times, and the metric is a share; remove it' }]),
  ];
  if (faults.length > 0) return faults;
  return isPossible(designOf(parsed))
    ? []
    : [{ path: 'min_effect', message: 'leads past 0% or 100%, from what is expected; make it smaller' }];
}

/** Whether the improvement is one that a share can have. */
function isPossible({ metric, minEffect, baselineRate = 0 }: ReturnType<typeof designOf>): boolean {
  const aim = isHigherBetter(metric) ? baselineRate + minEffect : baselineRate - minEffect;
  return aim >= 0 && aim <= 1;
}

const RIGHT =
  'write a map like { type: experiment, metric: success_rate, min_effect: 0.5%, expected: 95%, duration: 24h }';

/** As one of the variants of `strategy`; `more`: the keys that it shares with others. */
export function experimentSchema<More extends z.ZodRawShape>(more: More) {
  return object({ ...EXPERIMENT, ...more }, RIGHT).check(
    z.superRefine((value, context) => {
      // Only where all of it can be read: what is misspelt is told as such.
      if (context.issues.length > 0) return;
      for (const { path, message } of experimentFaults(value as ParsedExperiment)) {
        context.addIssue({ code: 'custom', path: [path], message });
      }
    }),
  );
}

type ParsedExperiment = z.output<z.ZodObject<typeof EXPERIMENT>>;

/** The strategy as the domain has it; `routing` as every strategy with traffic is given it. */
export function experimentOf(
  parsed: ParsedExperiment,
  routing: { match: Match[]; sticky?: Sticky } = { match: [] },
): ExperimentStrategy {
  return {
    kind: 'experiment',
    ...designOf(parsed),
    ...routing,
    batchSize: parsed.batch_size,
    durationMs: parsed.duration,
  };
}

function designOf({
  metric,
  min_effect,
  expected,
  standard_deviation: sd,
  share,
  significance,
  power,
}: ParsedExperiment) {
  return {
    share,
    metric: metricOf(metric),
    minEffect: min_effect.value,
    ...(expected === undefined ? {} : { baselineRate: expected.value }),
    ...(sd === undefined ? {} : { sd: sd.value }),
    significance,
    power,
  };
}

function metricOf(given: ParsedExperiment['metric']): ExperimentMetric {
  if (typeof given === 'string') return { kind: 'metric', metric: given, statistic: 'mean' };
  return { kind: 'query', ...given };
}
