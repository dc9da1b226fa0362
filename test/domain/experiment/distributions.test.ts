import fc from 'fast-check';
import { upperTail } from '../../../src/domain/analysis/statistics';
import { normalQuantile, tQuantile, tTails } from '../../../src/domain/experiment/distributions';

/** As Python's statistics.NormalDist has them. */
it.each([
  [1e-12, -7.034483825301132],
  [1e-5, -4.2648907939228256],
  [0.001, -3.090232306167813],
  [0.025, -1.9599639845400538],
  [0.1, -1.2815515655446008],
  [0.3, -0.5244005127080407],
  [0.5, 0],
  [0.8, 0.8416212335729144],
  [0.9, 1.2815515655446008],
  [0.995, 2.5758293035489],
])('normal quantile of %d', (p, z) => {
  expect(normalQuantile(p)).toBeCloseTo(z, 12);
});

it('the quantile and the tail of the normal distribution undo each other', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (p) => {
      expect(upperTail(normalQuantile(1 - p))).toBeCloseTo(p, 6);
      expect(normalQuantile(p)).toBeCloseTo(-normalQuantile(1 - p), 6);
    }),
  );
  expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
});

/** As SciPy has them. */
it.each([
  [2, 10, 0.07338803477074037],
  [1, 1, 0.5],
  [2.5, 3.7, 0.07182202291182678],
  [0.1, 250, 0.9204244692958169],
  [12, 5, 7.089492517161522e-5],
  [1.96, 1e6, 0.04999606758526985],
  [-2, 10, 0.07338803477074037],
  [0, 7, 1],
])('both tails of t from %d on, with %d degrees of freedom', (t, freedom, p) => {
  expect(tTails(t, freedom)).toBeCloseTo(p, 8);
});

it.each([
  [0.05, 10, 2.2281388519862753],
  [0.05, 1, 12.706204736174705],
  [0.01, 4.5, 4.2728239930112935],
  [0.05, 1000, 1.9623390808264085],
])('quantile of t for %d in both tails, with %d degrees of freedom', (tails, freedom, t) => {
  expect(tQuantile(tails, freedom)).toBeCloseTo(t, 7);
});
