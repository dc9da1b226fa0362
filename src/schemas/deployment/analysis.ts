import { z } from 'zod';
import {
  SERIES,
  STATISTICS,
  type AnalysisSpec,
  type Check,
  type MetricsSpec,
  type Metric,
} from '../../domain/analysis';
import { templateFault } from '../../domain/analysis/template';
import { object, variants } from '../object';
import { choice, converted, decimal, integer, line, list, name, positiveDuration } from '../scalars';

/** A fraction of 1, or a percent. A bare number above 1 would be read as a percent by one person and as 500% by another. */
const rate = () =>
  converted('fraction or percent', 'write a percent like 5%, or a fraction like 0.05', (text) => {
    const [, digits, percent] = /^(\d{1,6}(?:\.\d{1,6})?)(%?)$/.exec(text) ?? [];
    const value = percent === '%' ? Number(digits) / 100 : Number(digits);
    return digits !== undefined && value <= 1 ? value : undefined;
  });

const MOST = 999_999_999;
const amount = () => decimal(0, MOST);

const template = (what: string) =>
  line(what, 8192).check(
    z.superRefine((text, context) => {
      const fault = templateFault(text);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    }),
  );

const address = converted('URL', 'write an address like http://prometheus:9090', (text) => {
  if (!URL.canParse(text.replaceAll(/\{\{.*?\}\}/g, 'x'))) return undefined;
  return /^https?:\/\/[^/@]+(\/|$|\?)/.test(text) ? text : undefined;
});

const timeout = positiveDuration().prefault('5s').describe('How long an answer may take.');

const query = (series: string) =>
  template('write a PromQL query').optional().describe(`In place of the usual query for ${series}.`);

/** `metrics:` who tells how a service does. */
export const metrics = variants(
  'type',
  [
    object({ type: z.literal('agent').describe('What agents report with their heartbeats.') }, 'write { type: agent }'),
    object(
      {
        type: z.literal('prometheus').describe('A Prometheus is asked.'),
        url: address.describe('Where it is.'),
        timeout,
        queries: object(
          Object.fromEntries(SERIES.map((series) => [series, query(series)])) as Record<
            (typeof SERIES)[number],
            ReturnType<typeof query>
          >,
          'write a map of queries, like { cpu: "…" }',
        )
          .prefault({})
          .describe(
            'PromQL with `{{service}}`, `{{environment}}`, `{{version}}`, `{{configuration_version}}`, `{{fleet_group}}`, `{{window}}`.',
          ),
      },
      'write { type: prometheus, url: "http://prometheus:9090" }',
    ),
    object(
      {
        type: z.literal('http').describe('Something that answers with JSON is asked.'),
        url: address
          .check(
            z.superRefine((text, context) => {
              const fault = templateFault(text);
              if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
            }),
          )
          .describe('Where; may hold `{{version}}`, `{{group}}`, `{{fleet_group}}`, `{{window}}` and the like.'),
        timeout,
      },
      'write { type: http, url: "http://stats/{{service}}?version={{version}}" }',
    ),
  ],
  ['agent', 'prometheus', 'http'],
);

const responseTime = z.union(
  [
    amount(),
    object(
      Object.fromEntries(
        STATISTICS.map((each) => [each, amount().optional().describe(`The most that the ${each} may be, in ms.`)]),
      ) as Record<(typeof STATISTICS)[number], z.ZodOptional<ReturnType<typeof amount>>>,
      'write a number of ms, or a map like { p95: 1000 }',
    ),
  ],
  { error: () => 'is no limit; write a number of ms (of the mean), or a map like { p95: 1000 }' },
);

const thresholds = object(
  {
    max_response_time_ms: responseTime
      .optional()
      .meta({ type: 'number, or `{ mean, p50, p95, p99 }`' })
      .describe('In ms; a number by itself is of the mean.'),
    max_error_rate: rate().optional().describe('The share of requests that failed.'),
    min_success_rate: rate().optional().describe('The share of requests that did not.'),
    max_cpu_usage: rate().optional().describe('The mean over its instances.'),
    max_memory_usage: rate().optional().describe('The mean over its instances.'),
    max_active_connections: amount().optional().describe('The mean over its instances.'),
  },
  'write a map like { max_error_rate: 5% }',
);

const check = object(
  {
    name: name('check').describe('What it is called in verdicts.'),
    query: template('write a query').describe('PromQL; with `type: http` the dotted path to a number.'),
    max: amount().optional().describe('It fails above.'),
    min: amount().optional().describe('It fails below.'),
  },
  'write { name: queue, query: "…", max: 100 }',
).check(
  z.superRefine(
    (value, context) => {
      const { max, min } = value;
      if (max === undefined && min === undefined) {
        context.addIssue({ code: 'custom', message: 'has neither max nor min; write what it may be' });
      }
      if (typeof max !== 'number' || typeof min !== 'number' || min <= max) return;
      const message = `is ${min}, above max (${max}), so that nothing ever passes; correct one of them`;
      context.addIssue({ code: 'custom', path: ['min'], message });
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  ),
);

const baseline = object(
  {
    type: z.literal('concurrent').prefault('concurrent').describe('What ran before, at the same time.'),
    min_samples: integer(1, MOST)
      .prefault('200')
      .describe('Requests (or heartbeats) on either side; fewer are no verdict.'),
    min_effect: rate().prefault('20%').describe('How much worse it must be to count.'),
    significance: rate().prefault('0.05').describe('The largest probability of such a difference by chance.'),
  },
  'write { type: concurrent, min_samples: 200, min_effect: 20%, significance: 0.05 }',
);

const undecided = (of: string) =>
  choice(['pause', 'wait', 'fail']).prefault('pause').describe(`What ${of} at the end means. It never passes.`);

/** `analysis:` how a release is judged while it is rolled out. */
export const analysis = object(
  {
    monitoring_duration: positiveDuration().prefault('5m').describe('How long each batch is watched.'),
    health_check_interval: positiveDuration().prefault('10s').describe('How often it is measured.'),
    rollback_threshold_violations: integer(1, 1_000_000)
      .prefault('3')
      .describe('So many failed measurements are a failure: `on_failure` says what follows.'),
    count: choice(['consecutive', 'total']).prefault('consecutive').describe('How they are counted.'),
    on_no_data: undecided('no data'),
    on_inconclusive: undecided('too little to tell'),
    thresholds: thresholds.prefault({}).describe('What it may be.'),
    checks: list(check, 'write a list like [{ name: queue, query: "…", max: 100 }]')
      .prefault([])
      .describe('Queries of your own.'),
    baseline: baseline
      .optional()
      .describe('Response times, errors and successes are also compared with what ran before.'),
  },
  'write a map like { monitoring_duration: 5m, thresholds: { max_error_rate: 5% } }',
).check(
  // Only where all of it can be read: a limit that is misspelt is none, and told as such.
  z.superRefine(({ thresholds: limits, checks }, context) => {
    if (context.issues.length > 0 || Object.keys(limits).length + checks.length > 0) return;
    context.addIssue({ code: 'custom', message: 'judges by nothing; write thresholds or checks' });
  }),
  z.superRefine(({ monitoring_duration: all, health_check_interval: each }, context) => {
    if (each <= all) return;
    const message = 'is longer than monitoring_duration, so that nothing is ever measured; make it shorter';
    context.addIssue({ code: 'custom', path: ['health_check_interval'], message });
  }),
);

export function analysisOf(parsed: z.output<typeof analysis>, source: z.output<typeof metrics>): AnalysisSpec {
  const { baseline: beside } = parsed;
  return {
    source: sourceOf(source),
    durationMs: parsed.monitoring_duration,
    intervalMs: parsed.health_check_interval,
    violations: parsed.rollback_threshold_violations,
    count: parsed.count,
    onNoData: parsed.on_no_data,
    onInconclusive: parsed.on_inconclusive,
    checks: [...limitsOf(parsed.thresholds), ...parsed.checks.map(checkOf)],
    ...(beside === undefined
      ? {}
      : {
          baseline: {
            minSamples: beside.min_samples,
            minEffect: beside.min_effect,
            significance: beside.significance,
          },
        }),
  };
}

/** Who is asked. */
export function sourceOf(parsed: z.output<typeof metrics>): MetricsSpec {
  switch (parsed.type) {
    case 'agent':
      return { kind: 'agent' };
    case 'http':
      return { kind: 'http', url: parsed.url, timeoutMs: parsed.timeout };
    case 'prometheus': {
      const queries = Object.entries(parsed.queries).filter(([, text]) => text !== undefined);
      return { kind: 'prometheus', url: parsed.url, timeoutMs: parsed.timeout, queries: Object.fromEntries(queries) };
    }
  }
}

function limitsOf(given: z.output<typeof thresholds>): Check[] {
  const { max_response_time_ms: time } = given;
  const times = typeof time === 'number' ? { mean: time } : (time ?? {});
  const of = (label: string, metric: Metric, bound: { max: number } | { min: number } | undefined): Check[] =>
    bound === undefined ? [] : [{ name: label, quantity: { kind: 'metric', metric, statistic: 'mean' }, ...bound }];
  const max = (value: number | undefined) => (value === undefined ? undefined : { max: value });
  return [
    ...STATISTICS.flatMap((statistic) => {
      const limit = times[statistic];
      if (limit === undefined) return [];
      const quantity = { kind: 'metric' as const, metric: 'response_time_ms' as const, statistic };
      return [{ name: `${statistic} response time`, quantity, max: limit }];
    }),
    ...of('error rate', 'error_rate', max(given.max_error_rate)),
    ...of(
      'success rate',
      'success_rate',
      given.min_success_rate === undefined ? undefined : { min: given.min_success_rate },
    ),
    ...of('CPU usage', 'cpu', max(given.max_cpu_usage)),
    ...of('memory usage', 'memory', max(given.max_memory_usage)),
    ...of('active connections', 'active_connections', max(given.max_active_connections)),
  ];
}

function checkOf({ name: called, query: text, max, min }: z.output<typeof check>): Check {
  return {
    name: called,
    quantity: { kind: 'query', query: text },
    ...(max === undefined ? {} : { max }),
    ...(min === undefined ? {} : { min }),
  };
}
