import fc from 'fast-check';
import { differenceOfMeans, differenceOfShares, summaryOf, wilson } from '../../../src/domain/experiment/difference';

const each = (...values: number[]) => values.map((value) => ({ value, count: 1 }));

/** Newcombe, Statistics in Medicine 17 (1998), 857 and 873: tables I and II. */
describe('intervals of shares', () => {
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of one: %d of %d', (hits, total, low, high) => {
    const found = wilson({ hits, total }, 0.05);
    expect([found.low, found.high].map((value) => value.toFixed(4))).toEqual(
      [low, high].map((value) => value.toFixed(4)),
    );
  });

  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
  ])('of two: %d of %d against %d of %d', (a, n, b, m, low, high) => {
    const found = differenceOfShares({ hits: a, total: n }, { hits: b, total: m }, 0.05);
    expect(found.by).toBeCloseTo(a / n - b / m, 12);
    expect([found.low, found.high].map((value) => value.toFixed(4))).toEqual(
      [low, high].map((value) => value.toFixed(4)),
    );
  });

  it('have the difference inside, turn round with the groups, and grow with how sure they are to be', () => {
    const share = fc.integer({ min: 1, max: 2_000 }).chain((total) => {
      return fc.integer({ min: 0, max: total }).map((hits) => ({ hits, total }));
    });
    fc.assert(
      fc.property(share, share, (one, other) => {
        const [there, back] = [differenceOfShares(one, other, 0.05), differenceOfShares(other, one, 0.05)];
        expect(there.low).toBeLessThanOrEqual(there.by + 1e-12);
        expect(there.high).toBeGreaterThanOrEqual(there.by - 1e-12);
        expect(Math.max(Math.abs(there.low), Math.abs(there.high))).toBeLessThanOrEqual(1 + 1e-9);
        expect([there.low, there.high, there.p]).toEqual(
          [-back.high, -back.low, back.p].map((value) => expect.closeTo(value, 9) as number),
        );
        const surer = differenceOfShares(one, other, 0.01);
        expect(surer.low).toBeLessThanOrEqual(there.low + 1e-12);
        expect(surer.high).toBeGreaterThanOrEqual(there.high - 1e-12);
        expect(there.p >= 0 && there.p <= 1).toBe(true);
      }),
    );
  });
});

describe('means whose variances may differ', () => {
  it('are compared as Welch does', () => {
    const found = differenceOfMeans(summaryOf(each(19, 22, 16, 29, 24)), summaryOf(each(20, 11, 17, 12)), 0.05);
    expect(found).toEqual({
      by: 7,
      low: expect.closeTo(-0.264922, 5),
      high: expect.closeTo(14.264922, 5),
      p: expect.closeTo(0.05675092592187574, 8),
    });
  });

  it('differ for sure, or not at all, where nothing varies', () => {
    const [one, other] = [summaryOf(each(4, 4, 4)), summaryOf(each(5, 5))];
    expect(differenceOfMeans(one, one, 0.05)).toEqual({ by: 0, low: 0, high: 0, p: 1 });
    expect(differenceOfMeans(other, one, 0.05)).toEqual({ by: 1, low: 1, high: 1, p: 0 });
  });

  it('count a value as often as it was seen', () => {
    const counted = summaryOf([
      { value: 3, count: 2 },
      { value: 1, count: 2 },
    ]);
    expect(counted).toEqual(summaryOf(each(3, 3, 1, 1)));
    expect(counted).toEqual({ n: 4, mean: 2, variance: 4 / 3 });
  });
});
