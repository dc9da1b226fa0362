import { randomUUID } from 'node:crypto';
import { begin, draw, useStore } from './builders';

const used = useStore();

it('draws the same for the same run, and a higher one for the next', async () => {
  const { store } = used;
  const { requestId, generation } = await draw(store);
  const run = { requestId, workflowId: 'deploy/test/x', runId: randomUUID() };
  const drawn = await Promise.all(Array.from({ length: 20 }, () => store.drawFor(run)));
  expect(new Set(drawn).size).toBe(1);
  expect(drawn[0]).toBeGreaterThan(generation);
  expect(await store.drawFor({ ...run, runId: randomUUID() })).toBeGreaterThan(drawn[0]!);
});

it('never draws one twice, also while it is raised', async () => {
  const { store } = used;
  const { requestId, generation } = await draw(store);
  const draws = Array.from({ length: 40 }, (_, i) => store.drawFor({ requestId, workflowId: 'w', runId: `${i}` }));
  const raises = Array.from({ length: 10 }, (_, i) => store.raiseGeneration(generation + 5 * i, `web-${i}`));
  const [drawn] = await Promise.all([Promise.all(draws), Promise.all(raises)]);
  expect(new Set(drawn).size).toBe(40);
  expect(Math.min(...drawn)).toBeGreaterThan(generation);

  await store.raiseGeneration(900_000, 'db-1');
  await store.raiseGeneration(7, 'db-2');
  expect((await draw(store)).generation).toBe(900_001);
});

it('is moved by all instances together by no more than a million a day, by each seldom, and the event log says so', async () => {
  const { store } = used;
  const before = await store.highestGeneration();
  expect(await store.raiseGeneration(before + 3, 'liar')).toBe(true);
  expect(await store.raiseGeneration(before + 4, 'liar')).toBe(false);
  for (let i = 0; i < 20; i++) await store.raiseGeneration((await store.highestGeneration()) + 300_000, `liar-${i}`);
  const after = await store.highestGeneration();
  expect(after - before).toBeLessThanOrEqual(1_000_000);
  expect(await store.raiseGeneration(after, 'liar')).toBe(true);
  const told = (await store.events({})).filter(
    ({ type, instance }) => type === 'generation_raised' && instance === 'liar',
  );
  expect(told).toMatchObject([{ by: 'liar', reason: expect.stringContaining(`from ${before} to ${before + 3}`) }]);
});

it('draws one for a rollback, higher than all before it, once per deployment', async () => {
  const { store } = used;
  const { generation } = await begin(store);
  const other = await draw(store);
  const drawn = await Promise.all(Array.from({ length: 10 }, () => store.drawRollback(generation)));
  expect(new Set(drawn).size).toBe(1);
  expect(drawn[0]).toBeGreaterThan(other.generation);
  expect((await store.deployment(generation))?.rollbackGeneration).toBe(drawn[0]);
  await expect(store.drawRollback(other.generation)).rejects.toThrow('no deployment');
});

it('refuses to draw for a request that is not there', async () => {
  const run = { requestId: randomUUID(), workflowId: 'w', runId: 'none' };
  await expect(used.store.drawFor(run)).rejects.toThrow('no request');
});
