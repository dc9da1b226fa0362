import type { Reading } from '../../../src/domain/analysis';
import { concludeExperiment, sampleSize, type Conclusion, type ExperimentDesign } from '../../../src/domain/experiment';
import { design, timesDesign } from './design';

const RUNS = 1_000;
const SEED = 1;

/** A seeded source of numbers from 0 to 1: Mulberry32, by Tommy Ettinger (public domain). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function shareSeen(rate: number, total: number, random: () => number): Reading {
  let hits = 0;
  for (let i = 0; i < total; i++) if (random() < rate) hits++;
  return { kind: 'measured', value: hits / total, share: { hits, total } };
}

type Draw = (random: () => number) => number;
const normal: Draw = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
/** Long on one side, as response times are; of mean 0 and standard deviation 1. */
const skewed: Draw = (random) => -Math.log(1 - random()) - 1;

function timesSeen(mean: number, sd: number, n: number, draw: Draw, random: () => number): Reading {
  const values = Array.from({ length: n }, () => ({ value: mean + sd * draw(random), count: 1 }));
  return { kind: 'measured', value: mean, values };
}

interface Tally {
  covered: number;
  shown: number;
}

/** How often the interval has the truth, and how often a difference is shown. */
function runs(seed: number, truth: number, one: (random: () => number) => Conclusion): Tally {
  const random = randomOf(seed);
  const tally: Tally = { covered: 0, shown: 0 };
  for (let run = 0; run < RUNS; run++) {
    const { kind, difference } = one(random);
    expect(kind).not.toBe('inconclusive');
    if (difference!.low <= truth && truth <= difference!.high) tally.covered++;
    if (kind === 'better' || kind === 'worse') tally.shown++;
  }
  return { covered: tally.covered / RUNS, shown: tally.shown / RUNS };
}

const ofShares = (how: ExperimentDesign, before: number, release: number) => (random: () => number) => {
  const needed = sampleSize(how);
  const [a, b] = [shareSeen(release, needed.release, random), shareSeen(before, needed.before, random)];
  return concludeExperiment(a, b, how);
};
const ofTimes =
  (how: ExperimentDesign, by: number, draw: Draw, sds = [10, 10]) =>
  (random: () => number) => {
    const needed = sampleSize(how);
    const a = timesSeen(100 + by, sds[0]!, needed.release, draw, random);
    return concludeExperiment(a, timesSeen(100, sds[1]!, needed.before, draw, random), how);
  };

const small = design({ minEffect: 0.05 });
const uneven = design({ minEffect: 0.05, share: 20 });
const rare = design({ baselineRate: 0.02, minEffect: 0.02 });
const unevenTimes = timesDesign({ share: 25 });

describe(`in ${RUNS} simulated experiments`, () => {
  it.each<[string, (random: () => number) => Conclusion]>([
    ['shares of 10%', ofShares(small, 0.1, 0.1)],
    ['shares of 10%, a fifth on the release', ofShares(uneven, 0.1, 0.1)],
    ['shares of 2%', ofShares(rare, 0.02, 0.02)],
    ['times', ofTimes(timesDesign(), 0, normal)],
    ['times, a quarter on the release', ofTimes(unevenTimes, 0, normal)],
    ['times that vary more with the release', ofTimes(unevenTimes, 0, normal, [20, 10])],
    ['times that are long on one side', ofTimes(timesDesign({ minEffect: 3 }), 0, skewed)],
  ])('with no difference, %s: the interval has it, and hardly any shows one', (_, one) => {
    const { covered, shown } = runs(SEED, 0, one);
    expect([covered >= 0.93, covered]).toEqual([true, covered]);
    expect([shown <= 0.06, shown]).toEqual([true, shown]);
  });

  it.each<[string, number, (random: () => number) => Conclusion]>([
    ['15% instead of 10%', 0.05, ofShares(small, 0.1, 0.15)],
    ['15% instead of 10%, a fifth on the release', 0.05, ofShares(uneven, 0.1, 0.15)],
    ['4% instead of 2%', 0.02, ofShares(rare, 0.02, 0.04)],
    ['5 ms', 5, ofTimes(timesDesign(), 5, normal)],
    ['5 ms, a quarter on the release', 5, ofTimes(unevenTimes, 5, normal)],
    ['3 ms, long on one side', 3, ofTimes(timesDesign({ minEffect: 3 }), 3, skewed)],
  ])('with the difference that matters, %s: as many show it as the power says', (_, truth, one) => {
    const { covered, shown } = runs(SEED, truth, one);
    expect([covered >= 0.93, covered]).toEqual([true, covered]);
    expect([shown >= 0.76 && shown <= 0.85, shown]).toEqual([true, shown]);
  });
});
