import fc from 'fast-check';
import { scenario } from './arbitraries';
import { delivered } from './delivery-arbitraries';
import type { Engine } from './engine';
import { FAULTS } from './faults';
import { engineWith } from './plant';
import { simulate } from './simulate';

const SEED = 20_240_601;
const ENOUGH = 20_000;

/** How many rollouts it takes to notice; undefined: nothing was noticed. */
function noticedAfter(engine: Engine, numRuns: number, worlds = scenario): { runs: number; why: string } | undefined {
  const property = fc.property(worlds, (one) => void simulate(one, engine));
  const details = fc.check(property, { numRuns, seed: SEED, endOnFailure: true });
  if (!details.failed) return undefined;
  return { runs: details.numRuns, why: String(details.errorInstance).split('\n')[0] ?? '' };
}

describe('a fault planted in the engine', () => {
  it('is not noticed where there is none', () => {
    expect(noticedAfter(engineWith(), 1_000)).toBeUndefined();
    expect(noticedAfter(engineWith(), 1_000, delivered)).toBeUndefined();
  });

  it.each(FAULTS)(
    'is noticed: $name',
    (fault) => {
      const noticed = noticedAfter(engineWith(fault), ENOUGH, fault.delivered ? delivered : scenario);
      expect(noticed).toBeDefined();
      expect(noticed?.why).toMatch(/^Violation/);
    },
    300_000,
  );

  it('fails loudly when the engine has moved on', () => {
    const stale = { name: 'stale', file: 'size.ts', find: 'no such text', replace: '' };
    expect(() => engineWith(stale)).toThrow(/stale/);
  });
});
