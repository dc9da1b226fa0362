import type { Reading } from '../../../src/domain/analysis';
import {
  concludeExperiment,
  experimentCourse,
  isSampleComplete,
  quantitiesOf,
  readingOf,
  seenText,
  type ExperimentDesign,
} from '../../../src/domain/experiment';
import type { Beside } from '../../../src/domain/experiment/course';
import { design, timesDesign } from './design';

const share = (hits: number, total: number): Reading => {
  return { kind: 'measured', value: hits / total, samples: total, share: { hits, total } };
};
/** So many values, half of them that much above and below. */
const times = (mean: number, spread: number, n: number): Reading => {
  const values = [mean - spread, mean + spread].map((value) => ({ value, count: n / 2 }));
  return { kind: 'measured', value: mean, samples: n, values };
};
const nothing: Reading = { kind: 'nothing', why: 'no request was seen' };
const errors = design({
  metric: { kind: 'metric', metric: 'error_rate', statistic: 'mean' },
  baselineRate: 0.1,
  minEffect: 0.02,
});

describe('an experiment', () => {
  it.each<[string, ExperimentDesign, Reading, Reading, string, RegExp]>([
    [
      'shows that more buy',
      design(),
      share(520, 4000),
      share(400, 4000),
      'better',
      /^conversion is 13% \(of 4,000\) with the release against 10% \(of 4,000\): better \(\+3 points; 95% interval \+1\.6 to \+4\.4 points, p < 0\.0001\)$/,
    ],
    ['shows that fewer buy', design(), share(300, 4000), share(400, 4000), 'worse', /worse \(-2\.5 points/],
    ['shows that fewer fail', errors, share(300, 4000), share(400, 4000), 'better', /error rate is 7\.5%/],
    ['shows that more fail', errors, share(520, 4000), share(400, 4000), 'worse', /p < 0\.0001/],
    ['shows nothing', design(), share(402, 4000), share(400, 4000), 'no difference shown', /p = 0\.9/],
    ['shows nothing where nobody bought', design(), share(0, 4000), share(0, 4000), 'no difference shown', /p = 1/],
    [
      'has too few of one',
      design(),
      share(900, 3000),
      share(400, 4000),
      'inconclusive',
      /only 3,000 of 3,841 of the release and 4,000 of 3,841 of what ran before were seen/,
    ],
    ['has too few of the other', design(), share(900, 4000), share(1, 10), 'inconclusive', /10 of 3,841/],
    [
      'has no data of the release',
      design(),
      nothing,
      share(400, 4000),
      'inconclusive',
      /of the release: no request was seen/,
    ],
    [
      'has no data of what ran before',
      design(),
      share(400, 4000),
      nothing,
      'inconclusive',
      /of what ran before: no request/,
    ],
    [
      'is told no numbers',
      design(),
      { kind: 'measured', value: 0.1 },
      share(400, 4000),
      'inconclusive',
      /tells no numbers/,
    ],
    ['is told that there was nobody', design(), share(0, 0), share(400, 4000), 'inconclusive', /nothing was counted/],
    [
      'shows quicker answers',
      timesDesign(),
      times(95, 10, 100),
      times(100, 10, 100),
      'better',
      /^mean response time is 95 ms \(of 100\) .*: better \(-5 ms; 95% interval -7\.8 to -2\.2 ms, p = 0\.0005\)$/,
    ],
    ['shows slower answers', timesDesign(), times(105, 10, 100), times(100, 20, 100), 'worse', /worse \(\+5 ms/],
    [
      'shows no slower answers',
      timesDesign(),
      times(101, 10, 100),
      times(100, 10, 100),
      'no difference shown',
      /p = 0\.4/,
    ],
    [
      'has too few answers',
      timesDesign(),
      times(150, 10, 60),
      times(100, 10, 100),
      'inconclusive',
      /60 of 63 requests/,
    ],
    [
      'is told no single times',
      timesDesign(),
      { kind: 'measured', value: 90 },
      times(100, 10, 100),
      'inconclusive',
      /tells no single values/,
    ],
    [
      'has one answer',
      timesDesign(),
      { kind: 'measured', value: 9, values: [{ value: 9, count: 1 }] },
      times(1, 1, 100),
      'inconclusive',
      /fewer than two/,
    ],
  ])('that %s', (_, how, release, before, kind, text) => {
    const found = concludeExperiment(release, before, how);
    expect(found).toEqual(expect.objectContaining({ kind, text: expect.stringMatching(text) }));
  });

  it('says that it shows something only where the interval and the test both do', () => {
    for (let hits = 380; hits < 520; hits++) {
      const { kind, difference } = concludeExperiment(share(hits, 4000), share(400, 4000), design());
      const without0 = difference!.low > 0 || difference!.high < 0;
      expect([hits, kind !== 'no difference shown']).toEqual([hits, difference!.p < 0.05 && without0]);
    }
  });

  it('is complete when both have been seen often enough, whatever they show', () => {
    expect(isSampleComplete(share(0, 3841), share(3841, 3841), design())).toBe(true);
    expect(isSampleComplete(share(0, 3840), share(0, 9999), design())).toBe(false);
    expect(isSampleComplete(nothing, share(0, 9999), design())).toBe(false);
    expect(isSampleComplete(times(1, 1, 64), times(9, 1, 64), timesDesign())).toBe(true);
    expect(isSampleComplete(times(1, 1, 62), times(9, 1, 64), timesDesign())).toBe(false);
    expect(seenText(share(1, 1204), nothing, errors)).toBe(
      '1,204 of 3,213 requests of the release and 0 of 3,213 requests of what ran before',
    );
  });
});

describe('what is asked of who measures', () => {
  const { metric } = design();
  it('is how many of how many, or the metric itself', () => {
    expect(quantitiesOf(metric)).toEqual([
      { kind: 'query', query: 'bought' },
      { kind: 'query', query: 'visited' },
    ]);
    expect(quantitiesOf(errors.metric)).toEqual([errors.metric]);
  });

  const number = (value: number): Reading => ({ kind: 'measured', value });
  it.each<[string, Reading[], unknown]>([
    [
      'a share',
      [number(10), number(40)],
      { kind: 'measured', value: 0.25, samples: 40, share: { hits: 10, total: 40 } },
    ],
    ['rounded', [number(9.7), number(40.2)], { share: { hits: 10, total: 40 } }],
    ['none of nothing', [number(0), number(0)], { kind: 'nothing', why: 'nothing was counted' }],
    ['more than all', [number(5), number(4)], { kind: 'nothing', why: expect.stringContaining('5 of 4 is no share') }],
    ['no number', [number(NaN), number(4)], { kind: 'nothing' }],
    ['no hits', [nothing, number(4)], nothing],
    ['no total', [number(4), nothing], nothing],
    ['no answer', [], { kind: 'nothing' }],
  ])('becomes one reading: %s', (_, readings, found) => {
    expect(readingOf(metric, readings)).toMatchObject(found as object);
  });
});

describe('its course', () => {
  const strategy = {
    ...design({ share: 30 }),
    kind: 'experiment' as const,
    match: [],
    batchSize: { kind: 'count' as const, count: 1 },
    durationMs: 1_000_000,
  };
  const kinds = (beside: Partial<Beside>) =>
    experimentCourse(strategy, { router: true, measured: true, ...beside }).map(({ kind }) => kind);

  it('ends with a person: no stage after the measuring comes without one', () => {
    expect(experimentCourse(strategy, { router: true, measured: true })).toEqual([
      { kind: 'update', percent: 30 },
      { kind: 'traffic', weight: 30 },
      { kind: 'experiment', metric: 'conversion', forMs: 1_000_000, everyMs: 10_000 },
      { kind: 'approve', onTimeout: 'pause' },
      // No instance gets more than twice its share of the requests.
      { kind: 'update', percent: 65 },
      { kind: 'traffic', weight: 65, towards: 100 },
      { kind: 'traffic', weight: 100 },
      { kind: 'update', percent: 100 },
      { kind: 'settle' },
    ]);
  });

  it.each<[string, Partial<Beside>, string]>([
    [
      'instances first where nobody splits requests',
      { router: false },
      'update traffic experiment approve update traffic settle',
    ],
    [
      'nothing to measure in a rehearsal',
      { measured: false },
      'update traffic approve update traffic traffic update settle',
    ],
    [
      'flags of the release when it is everywhere',
      { flags: { ui: 5 } },
      'update traffic experiment approve update traffic traffic update flag settle',
    ],
  ])('has %s', (_, beside, stages) => {
    expect(kinds(beside).join(' ')).toBe(stages);
  });
});
