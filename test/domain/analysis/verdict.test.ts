import { chance, responseTime } from '../../support/chance';
import { judge, type Check, type Measured, type Reading } from '../../../src/domain/analysis';

const p95: Check = {
  name: 'p95 response time',
  quantity: { kind: 'metric', metric: 'response_time_ms', statistic: 'p95' },
  max: 1000,
};
const errors: Check = {
  name: 'error rate',
  quantity: { kind: 'metric', metric: 'error_rate', statistic: 'mean' },
  max: 0.05,
};
const successes: Check = {
  name: 'success rate',
  quantity: { kind: 'metric', metric: 'success_rate', statistic: 'mean' },
  min: 0.95,
};
const queue: Check = { name: 'queue', quantity: { kind: 'query', query: 'max(queue)' }, max: 100 };
const BASELINE = { minSamples: 200, minEffect: 0.2, significance: 0.05 };
const NOTHING: Reading = { kind: 'nothing', why: 'Prometheus has no such series' };

const is = (value: number, more: object = {}): Reading => ({ kind: 'measured', value, ...more });
const share = (hits: number, total: number) => is(hits / total, { share: { hits, total } });

it.each<[string, Measured[], string, string]>([
  [
    'at the limit',
    [{ check: p95, release: is(1000) }],
    'pass',
    'p95 response time is 1,000 ms, at most 1,000 ms is allowed',
  ],
  [
    'above the limit',
    [{ check: p95, release: is(1240, { samples: 312 }) }],
    'fail',
    'p95 response time is 1,240 ms (of 312 samples), above 1,000 ms',
  ],
  ['a share', [{ check: errors, release: share(61, 1000) }], 'fail', 'error rate is 6.1% (61 of 1,000), above 5%'],
  ['below a least one', [{ check: successes, release: is(0.9) }], 'fail', 'success rate is 90%, below 95%'],
  ['an own query', [{ check: queue, release: is(101) }], 'fail', 'queue is 101, above 100'],
  ['nothing', [{ check: p95, release: NOTHING }], 'no_data', 'p95 response time: Prometheus has no such series'],
  ['no number', [{ check: queue, release: is(NaN) }], 'no_data', 'queue: what was measured is no number'],
  ['an endless number', [{ check: queue, release: is(Infinity) }], 'fail', 'queue is ∞, above 100'],
  ['an endless share', [{ check: errors, release: is(Infinity) }], 'fail', 'error rate is ∞%, above 5%'],
  [
    'no data beside what passes',
    [
      { check: p95, release: is(10) },
      { check: queue, release: NOTHING },
    ],
    'no_data',
    'queue: Prometheus has no such series',
  ],
  [
    'a failure beside no data',
    [
      { check: queue, release: NOTHING },
      { check: p95, release: is(2000) },
    ],
    'fail',
    'p95 response time is 2,000 ms, above 1,000 ms',
  ],
])('%s', (_, measured, kind, text) => {
  expect(judge(measured, {})).toMatchObject({ kind, text });
});

describe('beside what ran before', () => {
  const values = (n: number, value: number) => is(value, { values: [{ value, count: n }] });
  const lenient: Check = { ...errors, max: 1 };

  it.each<[string, Reading, Reading | undefined, string, string]>([
    ['three times the errors', share(60, 1000), share(20, 1000), 'fail', 'worse by 200% (p < 0.0001)'],
    ['the same', share(21, 1000), share(20, 1000), 'pass', ''],
    ['a bad day for both', share(210, 1000), share(200, 1000), 'pass', ''],
    ['better', share(10, 1000), share(60, 1000), 'pass', ''],
    ['too few', share(5, 100), share(0, 900), 'inconclusive', 'fewer than 200 are too few to tell'],
    ['no errors before', share(20, 1000), share(0, 1000), 'fail', 'worse: it was none before'],
    ['nothing of it', share(20, 1000), NOTHING, 'no_data', 'Prometheus has no such series'],
    ['nobody runs it any more', share(20, 1000), undefined, 'pass', ''],
    ['surely worse, but by little', share(11_000, 100_000), share(10_000, 100_000), 'pass', ''],
    ['successes', share(20, 1000), share(20, 1000), 'pass', ''],
  ])('%s', (__, release, before, kind, why) => {
    const measured = { check: lenient, release, ...(before === undefined ? {} : { before }) };
    const verdict = judge([measured], { baseline: BASELINE });
    expect(verdict.kind).toBe(kind);
    expect(verdict.text).toContain(why);
  });

  it('says of fewer successes that they are more errors', () => {
    const measured = { check: { ...successes, min: 0 }, release: share(900, 1000), before: share(980, 1000) };
    expect(judge([measured], { baseline: BASELINE })).toMatchObject({
      kind: 'fail',
      text: 'success rate beside what ran before is 90% (1,000 samples) against 98% (1,000 samples): worse by 400% (p < 0.0001)',
    });
  });

  it('compares response times by their ranks: one slow request is no slow release', () => {
    const before = values(300, 100);
    const outlier = is(140, {
      values: [
        { value: 100, count: 299 },
        { value: 12_000, count: 1 },
      ],
    });
    expect(judge([{ check: p95, release: outlier, before }], { baseline: BASELINE }).kind).toBe('pass');
    expect(judge([{ check: p95, release: values(300, 140), before }], { baseline: BASELINE }).kind).toBe('fail');
  });
});

describe('of 200 comparisons', () => {
  const RUNS = 200;
  const { significance } = BASELINE;

  function alarms(sample: (worse: boolean, next: () => number) => Reading, check: Check, worse: boolean): number {
    let failed = 0;
    for (let run = 0; run < RUNS; run++) {
      const next = chance(run * 7919 + (worse ? 1 : 0));
      const measured = { check, release: sample(worse, next), before: sample(false, next) };
      if (judge([measured], { baseline: BASELINE }).kind === 'fail') failed++;
    }
    return failed;
  }
  const erring = (worse: boolean, next: () => number) => {
    let hits = 0;
    for (let request = 0; request < 1000; request++) if (next() < (worse ? 0.06 : 0.02)) hits++;
    return share(hits, 1000);
  };
  /** Half as long again in the middle. */
  const slow = (worse: boolean, next: () => number) => {
    const all = Array.from({ length: 200 }, () => responseTime(next, worse ? 150 : 100));
    return is(all.reduce((a, b) => a + b) / all.length, { values: all.map((value) => ({ value, count: 1 })) });
  };
  const cases = [
    ['errors', { ...errors, max: 1 }, erring],
    ['response times', { ...p95, max: 1e9 }, slow],
  ] as const;

  it.each(cases)('at most 5%% blame an equal release for its %s', (_, check, sample) => {
    expect(alarms(sample, check, false)).toBeLessThanOrEqual(significance * RUNS);
  });

  it.each(cases)('at most 5%% miss a worse one by its %s', (_, check, sample) => {
    expect(alarms(sample, check, true)).toBeGreaterThanOrEqual((1 - significance) * RUNS);
  });
});

it('keeps no number without an end: what is said of it is what is left', () => {
  const { findings } = judge([{ check: queue, release: is(Infinity) }], {});
  expect(findings).toEqual([{ check: 'queue', kind: 'fail', text: 'queue is ∞, above 100' }]);
});
