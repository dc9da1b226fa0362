import { largerShare, largerValues, upperTail, type Distribution } from '../../../src/domain/analysis/statistics';

const each = (...values: number[]): Distribution => values.map((value) => ({ value, count: 1 }));

it.each([
  [0, 0.5],
  [1.644854, 0.05],
  [2.326348, 0.01],
  [-1.644854, 0.95],
  [5, 2.866516e-7],
])('upper tail of the normal distribution at %f', (z, p) => {
  expect(upperTail(z)).toBeCloseTo(p, 6);
});

describe('one share is larger than another', () => {
  it.each([
    ['a textbook pair', { hits: 15, total: 100 }, { hits: 5, total: 100 }, 0.0092],
    ['the same', { hits: 50, total: 1000 }, { hits: 50, total: 1000 }, 0.5],
    ['the other way round', { hits: 5, total: 100 }, { hits: 15, total: 100 }, 0.9908],
    // Fisher's own: a lady who tastes tea.
    ['small numbers, exactly', { hits: 3, total: 4 }, { hits: 1, total: 4 }, 0.2429],
    ['three of a hundred where there was none', { hits: 3, total: 100 }, { hits: 0, total: 100 }, 0.1231],
    ['nobody had it', { hits: 0, total: 100 }, { hits: 0, total: 100 }, 1],
    ['everybody had it', { hits: 7, total: 7 }, { hits: 9, total: 9 }, 1],
    ['nothing on one side', { hits: 0, total: 0 }, { hits: 9, total: 90 }, 1],
  ])('%s', (_, first, second, p) => {
    expect(largerShare(first, second).p).toBeCloseTo(p, 4);
  });

  it('is exact where numbers are large and lopsided', () => {
    expect(largerShare({ hits: 8, total: 100_000 }, { hits: 1, total: 100_000 }).p).toBeCloseTo(0.0195, 4);
  });
});

describe('values tend to be larger', () => {
  it.each([
    ['a textbook pair', each(19, 22, 16, 29, 24), each(20, 11, 17, 12), 0.0557, 0.85],
    ['the same', each(1, 2, 3, 4, 5, 6), each(1, 2, 3, 4, 5, 6), 0.5318, 0.5],
    ['all equal', each(4, 4, 4), each(4, 4), 1, 0.5],
    ['none', each(), each(1), 1, 0.5],
    ['ties', each(1, 2, 2, 3), each(1, 1, 2, 2), 0.2146, 0.6875],
  ])('%s', (_, first, second, p, superiority) => {
    const tested = largerValues(first, second);
    expect(tested.p).toBeCloseTo(p, 3);
    expect(tested.superiority).toBeCloseTo(superiority, 5);
  });

  it('counts a value as often as it was seen', () => {
    const counted = largerValues(
      [
        { value: 3, count: 2 },
        { value: 1, count: 2 },
      ],
      [{ value: 2, count: 4 }],
    );
    expect(counted).toEqual(largerValues(each(3, 3, 1, 1), each(2, 2, 2, 2)));
  });
});
