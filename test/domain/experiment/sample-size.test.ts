import fc from 'fast-check';
import { experimentNotes, sampleSize, type ExperimentStrategy } from '../../../src/domain/experiment';
import { meansNeeded, sharesNeeded } from '../../../src/domain/experiment/sample-size';
import { design, timesDesign } from './design';

describe('how many two shares need', () => {
  it.each([
    // Fleiss' own first example has 686 before the correction for continuity.
    ['10% against 15%', 0.1, 0.15, 0.05, 0.8, 1, { release: 686, before: 686 }],
    ['50% against 60%', 0.5, 0.6, 0.05, 0.8, 1, { release: 388, before: 388 }],
    ['5% against 10%, more power', 0.05, 0.1, 0.05, 0.9, 1, { release: 582, before: 582 }],
    ['25% against 40%, surer', 0.25, 0.4, 0.01, 0.95, 1, { release: 344, before: 344 }],
    ['95% against 96%', 0.95, 0.96, 0.05, 0.8, 1, { release: 6745, before: 6745 }],
    ['a tenth on the release', 0.1, 0.15, 0.05, 0.8, 9, { release: 358, before: 3218 }],
    ['a third on the release', 0.05, 0.1, 0.05, 0.8, 2, { release: 312, before: 624 }],
  ])('%s', (_, before, release, significance, power, ratio, needed) => {
    expect(sharesNeeded({ before, release, significance, power, ratio })).toEqual(needed);
  });
});

describe('how many two means need', () => {
  it.each([
    ['half a standard deviation', 10, 5, 0.05, 0.8, 1, { release: 63, before: 63 }],
    ['a fifth of one', 10, 2, 0.05, 0.8, 1, { release: 393, before: 393 }],
    ['more power', 10, 5, 0.05, 0.9, 1, { release: 85, before: 85 }],
    ['a quarter on the release', 10, 5, 0.05, 0.8, 3, { release: 42, before: 126 }],
  ])('%s', (_, sd, effect, significance, power, ratio, needed) => {
    expect(meansNeeded({ sd, effect, significance, power, ratio })).toEqual(needed);
  });
});

describe('the needed sample', () => {
  const rate = fc.double({ min: 0.05, max: 0.6, noNaN: true });
  const effect = fc.double({ min: 0.01, max: 0.3, noNaN: true });
  const share = fc.integer({ min: 1, max: 99 });

  it('is larger the smaller the difference, the surer, and the more power', () => {
    fc.assert(
      fc.property(rate, effect, share, (baselineRate, minEffect, of) => {
        const base = design({ baselineRate, minEffect, share: of });
        const size = (change: object) => sampleSize({ ...base, ...change }).release;
        expect(size({ minEffect: minEffect / 2 })).toBeGreaterThan(size({}));
        expect(size({ significance: 0.01 })).toBeGreaterThanOrEqual(size({}));
        expect(size({ power: 0.95 })).toBeGreaterThanOrEqual(size({}));
      }),
    );
  });

  it('is split as the share says, and least in all where both have half', () => {
    fc.assert(
      fc.property(share, (of) => {
        const { release, before } = sampleSize(timesDesign({ share: of, minEffect: 0.5 }));
        const half = sampleSize(timesDesign({ share: 50, minEffect: 0.5 }));
        expect(Math.abs((100 * release) / (release + before) - of)).toBeLessThan(0.1);
        expect(release + before).toBeGreaterThanOrEqual(half.release + half.before);
      }),
    );
  });

  it('aims at what would be better: fewer errors, and more successes', () => {
    const rates = { minEffect: 0.01, baselineRate: 0.05, share: 50 };
    const errors = sampleSize(
      design({ ...rates, metric: { kind: 'metric', metric: 'error_rate', statistic: 'mean' } }),
    );
    const successes = sampleSize(
      design({ ...rates, baselineRate: 0.95, metric: { kind: 'metric', metric: 'success_rate', statistic: 'mean' } }),
    );
    expect(errors).toEqual(successes);
    expect(errors).toEqual({ release: 6745, before: 6745 });
  });
});

describe('what is said before it begins', () => {
  const strategy = (change: Partial<ExperimentStrategy> = {}): ExperimentStrategy => {
    return {
      ...design(),
      kind: 'experiment',
      match: [],
      batchSize: { kind: 'count', count: 1 },
      durationMs: 86_400_000,
      ...change,
    };
  };

  it('tells the sample, what it shows, and how many have to come', () => {
    expect(experimentNotes(strategy())).toEqual([
      'needs 3,841 observations in each group, to show a difference of 2 points in a conversion of 10% 80 times in 100, and one that isn’t there at most 5 times in 100'.replace(
        '’',
        "'",
      ),
      'within 1d that takes 321 observations an hour in all; where fewer come, it ends inconclusive',
      'it is judged once, and promotes nothing by itself: a person approves the release, or rejects it',
    ]);
  });

  it('tells both groups where they differ, and times in ms', () => {
    const [needs, within] = experimentNotes(strategy({ ...timesDesign({ share: 25 }), durationMs: 3_600_000 }));
    expect(needs).toMatch(
      /^needs 42 requests of the release and 126 of what runs now, to show a difference of 5 ms in a mean response time with a standard deviation of 10 ms 80 times/,
    );
    expect(within).toMatch(/^within 1h that takes 168 requests an hour/);
  });
});
