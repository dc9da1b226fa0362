import fc from 'fast-check';
import { allowedFailures, exceeds, sizeOf, sizeText } from '../../src/domain';

const percent = (value: number) => ({ kind: 'percent', percent: value }) as const;
const count = (value: number) => ({ kind: 'count', count: value }) as const;

describe('a failure limit', () => {
  it.each([
    // limit, targeted, the most that is allowed
    [percent(12), 23, 2],
    [percent(0), 1000, 0],
    [percent(10), 20, 2],
    [percent(10), 19, 1],
    [percent(33.3), 1000, 333],
    [percent(100), 7, 7],
    [count(0), 20, 0],
    [count(3), 20, 3],
  ])('%j of %d allows %d', (limit, targeted, most) => {
    expect(allowedFailures(limit, targeted)).toBe(most);
    expect(exceeds(limit, most, targeted)).toBe(false);
    expect(exceeds(limit, most + 1, targeted)).toBe(true);
  });

  it('in percent is exact: no rounding, in either direction', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        fc.nat(20_000),
        fc.nat(20_000),
        (thousandths, targeted, failures) => {
          const exact = 100_000n * BigInt(failures) > BigInt(thousandths) * BigInt(targeted);
          expect(exceeds(percent(thousandths / 1000), failures, targeted)).toBe(exact);
        },
      ),
    );
  });
});

describe('a size', () => {
  it.each([
    [percent(25), 10, 3],
    [percent(1), 10, 1],
    [percent(100), 10, 10],
    [percent(10), 1000, 100],
    [percent(10), 0, 1],
    [count(3), 10, 3],
    [count(0), 10, 1],
  ])('%j of %d instances is %d', (size, targeted, instances) => {
    expect(sizeOf(size, targeted)).toBe(instances);
  });

  it('is written as people write it', () => {
    expect([sizeText(count(3)), sizeText(percent(12.5))]).toEqual(['3', '12.5%']);
  });
});
