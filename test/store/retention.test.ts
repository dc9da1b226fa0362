import type { ChangeOutcome } from '../../src/domain';
import { begin, draw, OLD, useStore } from './builders';
import { query } from '../support/postgres';
import { statusDocument } from '../support/cli';

const used = useStore();
const DAY_MS = 86_400_000;

const sql = (text: string, values: unknown[] = []) => query(used.database.url, text, values);

/** A deployment with an attempt that printed something, `days` ago. */
async function deployed(days: number, isOver: boolean) {
  const { store } = used;
  const { generation } = await begin(store);
  const key = { generation, ordinal: 0, towards: 'release' as const, round: 1, fence: generation };
  const opened = await store.openAttempt(key, 0);
  if (opened.kind !== 'started') throw new Error(opened.kind);
  const outcome = { ordinal: 0, name: 'a', result: 'good' as const, attempts: 1 };
  await store.settle<ChangeOutcome>(key, outcome, { attempt: opened.attempt, ok: true, output: 'a lot of words' });
  if (isOver) {
    await store.end(
      statusDocument({
        generation,
        service: 'web',
        environment: 'test',
        status: 'succeeded',
        ended_at: new Date().toISOString(),
      }),
    );
    await sql(`update deployments set ended_at = now() - make_interval(days => $2) where generation = $1`, [
      generation,
      days,
    ]);
  }
  await sql(`update events set at = now() - make_interval(days => $2) where generation = $1`, [generation, days]);
  return generation;
}

const count = async (text: string, values: unknown[] = []) => (await sql(text, values)).length;
const eventsOf = (generation: number) => used.store.events({ generation }).then((events) => events.length);
const outputOf = async (generation: number) => (await used.store.attempts(generation)).map(({ output }) => output);

it('deletes what is older than it is to be kept, and nothing that a rollback or a deployment in flight needs', async () => {
  const { store } = used;
  const old = await deployed(100, true);
  const young = await deployed(10, true);
  const inFlight = await deployed(100, false);
  await store.appendEvent({ type: 'token_created', by: 'ann' });
  await sql(`update events set at = now() - interval '100 days' where generation is null`);

  expect(await store.forgetOld({ eventsMs: 90 * DAY_MS, outputMs: 30 * DAY_MS }, 1)).toMatchObject({ outputMs: 1 });

  expect(await eventsOf(old)).toBe(0);
  expect(await eventsOf(young)).toBeGreaterThan(0);
  expect(await eventsOf(inFlight)).toBeGreaterThan(0);
  expect(await count(`select from events where generation is null`)).toBe(0);
  expect(await outputOf(old)).toEqual([undefined]);
  expect([await outputOf(young), await outputOf(inFlight)]).toEqual([['a lot of words'], ['a lot of words']]);
  // Of the old one it is known what ran before, what became of it, and who was in it.
  expect((await store.takenSnapshot(old)).map(({ snapshot }) => snapshot.versions)).toEqual([OLD, OLD, OLD]);
  expect((await store.stateAfter(old)).size).toBe(3);
  expect((await store.deployment(old))?.status).toBe('succeeded');
  expect(await count(`select from claims where generation = $1`, [inFlight])).toBe(3);
});

it('keeps for ever what nobody limits', async () => {
  const old = await deployed(4_000, true);
  expect(await used.store.forgetOld({})).toEqual({
    eventsMs: 0,
    metricsMs: 0,
    outputMs: 0,
    measurementsMs: 0,
    answersMs: 0,
  });
  expect(await eventsOf(old)).toBeGreaterThan(0);
});

it('deletes old answers and old samples, a few at a time, until none is left', async () => {
  const { store } = used;
  for (let n = 0; n < 5; n++) await store.takeKey('ann', `key-${n}`, Buffer.alloc(32));
  await sql(`update answers set asked_at = now() - interval '2 days' where key <> 'key-0'`);
  const secretHash = Buffer.alloc(32, 7);
  await store.register({ name: 'web-01', ip: '10.0.0.1', labels: {}, secretHash, unknownAfterMs: 30_000 });
  for (let n = 0; n < 4; n++) await store.hear([{ name: 'web-01', secretHash, health: 1, versions: OLD }]);
  await sql(`update inventory_samples set at = now() - interval '2 days' where slot < 4`);

  const forgotten = await store.forgetOld({ answersMs: DAY_MS, metricsMs: DAY_MS }, 2);
  expect(forgotten).toMatchObject({ answersMs: 4, metricsMs: 3 });
  expect(await store.takeKey('ann', 'key-0', Buffer.alloc(32))).toEqual({ kind: 'busy' });
  expect(await store.samples('web-01', 100)).toHaveLength(1);
});

it('has nothing to do for a generation that was only drawn', async () => {
  await draw(used.store);
  expect(await used.store.forgetOld({ eventsMs: 1, outputMs: 1 })).toMatchObject({ outputMs: expect.any(Number) });
});
