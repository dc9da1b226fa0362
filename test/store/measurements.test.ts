import type { Finding } from '../../src/domain/analysis';
import { query } from '../support/postgres';
import { begin, useStore } from './builders';

const used = useStore();
const BEGAN = Date.now() - 3_600_000;
const DAY_MS = 86_400_000;

const found = (value: number): Finding[] => [{ check: 'error rate', kind: 'pass', text: `is ${value}`, value }];

/** Measured every ten seconds, `days` ago. */
async function measured(count: number, days = 0): Promise<number> {
  const { generation } = await begin(used.store);
  await query(
    used.database.url,
    `insert into measurements (generation, number, measured_from, measured_until, verdict, text, findings)
     select $1, n, at + n * interval '10 s', at + (n + 1) * interval '10 s', 'pass', '', $3::jsonb
     from generate_series(0, $2::int - 1) n, (select now() - make_interval(days => $4) as at) began`,
    [generation, count, JSON.stringify(found(0.5)), days],
  );
  return generation;
}

const rowsOf = (generation: number) => used.store.measurements(generation, 10_000);
const pointsIn = (generation: number) => used.store.metricsHistory(generation);
const total = (points: { count: number }[]) => points.reduce((sum, { count }) => sum + count, 0);

it('keeps the first of a number, with what the release had of the requests then', async () => {
  const { store } = used;
  const { generation } = await begin(store);
  const row = {
    number: 0,
    from: new Date(BEGAN),
    until: new Date(BEGAN + 10_000),
    kind: 'pass' as const,
    text: 'is 1',
  };
  const first = { ...row, findings: found(1), weight: 12.5 };
  expect(await store.recordMeasurement(generation, first)).toEqual(first);
  expect(await store.recordMeasurement(generation, { ...first, text: 'is 2', weight: 25 })).toEqual(first);
  const without = { ...row, number: 1, findings: found(2) };
  expect(await store.recordMeasurement(generation, without)).toEqual(without);
  expect(await pointsIn(generation)).toMatchObject([
    { check: 'error rate', from: BEGAN, until: BEGAN + 10_000, mean: 1, weight: 12.5 },
    { mean: 2 },
  ]);
});

it('keeps when requests were shifted, and how long that took', async () => {
  const { store } = used;
  const { generation } = await begin(store);
  const at = new Date(BEGAN);
  expect(await store.recordShift(generation, { number: 1, weight: 25, at })).toEqual({ number: 1, weight: 25, at });
  await store.recordShift(generation, { number: 4, weight: 100, at: new Date(BEGAN + 60_000) });
  await store.confirmShift(generation, 1, new Date(BEGAN + 1_250));
  // Carried out once more, by another worker.
  await store.recordShift(generation, { number: 1, weight: 50, at: new Date(BEGAN + 5_000) });
  await store.confirmShift(generation, 1, new Date(BEGAN + 6_000));
  expect(await store.shifts(generation)).toEqual([
    { number: 1, weight: 25, at, confirmedMs: 1_250 },
    { number: 4, weight: 100, at: new Date(BEGAN + 60_000) },
  ]);
});

it('puts measurements together that are too old or too many, a few at a time, and keeps the last of each', async () => {
  const old = await measured(30, 10);
  const many = await measured(620);
  const young = await measured(20);
  const [before, whole] = [await pointsIn(many), await rowsOf(many)];

  expect(await used.store.forgetOld({ measurementsMs: 7 * DAY_MS }, 7)).toMatchObject({ measurementsMs: 29 + 120 });

  expect(await rowsOf(old)).toMatchObject([{ number: 29, text: '' }]);
  expect(await rowsOf(many)).toEqual(whole.slice(-500));
  expect(await rowsOf(young)).toHaveLength(20);
  for (const [generation, count] of [
    [old, 30],
    [many, 620],
    [young, 20],
  ] as const) {
    expect(total(await pointsIn(generation))).toBe(count);
  }
  // It was shown in short before already.
  expect([before.length, (await pointsIn(many)).length]).toEqual([512, 512]);
  expect((await pointsIn(old)).length).toBeLessThanOrEqual(13);
  expect(await used.store.forgetOld({ measurementsMs: 7 * DAY_MS })).toMatchObject({ measurementsMs: 0 });
});

it('loses nothing when workers do it at the same time', async () => {
  const generation = await measured(900);
  await Promise.all([1, 2, 3].map(() => used.store.forgetOld({ measurementsMs: 7 * DAY_MS }, 50)));
  expect(await rowsOf(generation)).toHaveLength(500);
  expect(total(await pointsIn(generation))).toBe(900);
});
