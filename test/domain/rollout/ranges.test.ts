import { fromRanges, toRanges } from '../../../src/domain/rollout/ranges';

it.each([
  [[], ''],
  [[7], '7'],
  [[3, 4, 5, 1, 9, 8], '3-5,1,9,8'],
  [[0, 1, 0], '0-1,0'],
])('%j is written as "%s" and read back', (numbers, text) => {
  expect(toRanges(numbers)).toBe(text);
  expect(fromRanges(text)).toEqual(numbers);
});

it('is short for a whole fleet that came back', () => {
  expect(toRanges(Array.from({ length: 10_000 }, (_, each) => each))).toBe('0-9999');
});
