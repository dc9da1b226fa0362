import fc from 'fast-check';
import { historyOf, pointsOf, putTogether, VERDICTS, type MetricPoint } from '../../../src/domain/analysis';

const point = (at: number, value: number | undefined, overrides: Partial<MetricPoint> = {}): MetricPoint => ({
  check: 'error rate',
  from: at,
  until: at + 10,
  verdict: 'pass',
  ...(value === undefined ? { count: 0 } : { count: 1, min: value, mean: value, max: value }),
  ...overrides,
});
const measurement = (at: number, value = 1, checks = ['error rate']) => ({
  from: at,
  until: at + 10,
  findings: checks.map((check) => ({ check, kind: 'pass' as const, text: '', value })),
});

it('takes one point from each finding, and no value from none', () => {
  const found = { check: 'p95', kind: 'fail' as const, text: '', value: 7, before: 5 };
  const none = { check: 'queue', kind: 'no_data' as const, text: '' };
  const endless = { check: 'ratio', kind: 'fail' as const, text: '', value: Infinity };
  expect(pointsOf({ from: 0, until: 10, findings: [found, none, endless], weight: 25 })).toEqual([
    { check: 'p95', from: 0, until: 10, verdict: 'fail', count: 1, min: 7, mean: 7, max: 7, before: 5, weight: 25 },
    { check: 'queue', from: 0, until: 10, verdict: 'no_data', count: 0, weight: 25 },
    { check: 'ratio', from: 0, until: 10, verdict: 'fail', count: 0, weight: 25 },
  ]);
});

it('puts together what is of one check and one twelfth of the time', () => {
  const points = [point(0, 1), point(10, 3, { verdict: 'fail' }), point(20, undefined, { verdict: 'no_data' })];
  expect(putTogether([...points, point(1190, 5)])).toEqual([
    { check: 'error rate', from: 0, until: 30, verdict: 'fail', count: 2, min: 1, mean: 2, max: 3 },
    { check: 'error rate', from: 1190, until: 1200, verdict: 'pass', count: 1, min: 5, mean: 5, max: 5 },
  ]);
});

it('keeps the newest one by one, and says the rest in short', () => {
  const points = historyOf(
    [],
    Array.from({ length: 1_700 }, (_, n) => measurement(n * 10)),
  );
  expect(points).toHaveLength(12 + 500);
  expect(points[0]).toMatchObject({ from: 0, until: 1_000, count: 100 });
  expect(points.at(-1)).toMatchObject({ from: 16_990, count: 1 });
});

describe('whatever was measured, and however often it is put together', () => {
  const points = fc.array(
    fc
      .record({
        at: fc.nat(1_000_000),
        value: fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: undefined }),
        check: fc.integer({ min: 1, max: 300 }),
        verdict: fc.constantFrom(...VERDICTS),
      })
      .map(({ at, value, check, verdict }) => point(at, value, { check: `check ${check}`, verdict })),
    { maxLength: 2_000 },
  );
  const few = points.map((all) => all.map((each, n) => ({ ...each, check: `check ${n % 5}` })));

  it('there are at most 200 points, in order', () => {
    fc.assert(
      fc.property(points, points, (first, second) => {
        const together = putTogether([...putTogether(first), ...second]);
        expect(together.length).toBeLessThanOrEqual(200);
        expect(together.map(({ from }) => from)).toEqual(together.map(({ from }) => from).sort((a, b) => a - b));
      }),
      { numRuns: 30 },
    );
  });

  it('no value, extreme or bad verdict of a check is lost', () => {
    const sums = (all: MetricPoint[]) => {
      const of: Record<string, [number, number, number, number, number]> = {};
      for (const { check, count, min = Infinity, max = -Infinity, mean = 0, verdict } of all) {
        const [n, low, high, sum, worst] = of[check] ?? [0, Infinity, -Infinity, 0, 0];
        const bad = Math.max(worst, VERDICTS.indexOf(verdict));
        of[check] = [n + count, Math.min(low, min), Math.max(high, max), sum + count * mean, bad];
      }
      return of;
    };
    fc.assert(
      fc.property(few, few, (first, second) => {
        const [before, after] = [sums([...first, ...second]), sums(putTogether([...putTogether(first), ...second]))];
        expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
        for (const [check, [n, low, high, sum, worst]] of Object.entries(before)) {
          const [m, lowest, highest, total, worse] = after[check]!;
          expect([m, lowest, highest, worse]).toEqual([n, low, high, worst]);
          expect(Math.abs(total - sum)).toBeLessThan(1e-3);
        }
      }),
      { numRuns: 30 },
    );
  });
});
