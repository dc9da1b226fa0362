import { randomUUID } from 'node:crypto';
import { begin, draw, statusDocument, taken, useStore } from './builders';

const used = useStore();
const fleetName = () => `/srv/${randomUUID()}.json`;

it('lets exactly one of 50 have overlapping instances, and names it to the others', async () => {
  const { store } = used;
  const fleet = fleetName();
  const drawn = await Promise.all(Array.from({ length: 50 }, () => draw(store)));
  const answers = await Promise.all(
    drawn.map(async ({ generation }, i) => {
      // Each has one of its own beside the shared ones, and its own idea of their order.
      const names = [`own-${i}`, 'x', 'm', 'b'].sort(() => (i % 2 === 0 ? 1 : -1));
      return { generation, held: await store.claim(generation, fleet, names, 'all') };
    }),
  );
  const winners = answers.filter(({ held }) => held.length === 0);
  expect(winners).toHaveLength(1);
  const winner = drawn.find(({ generation }) => generation === winners[0]!.generation)!;
  for (const { held } of answers.filter(({ held }) => held.length > 0)) {
    expect(held.map(({ name }) => name)).toEqual(['b', 'm', 'x']);
    expect(held[0]!.holder).toMatchObject({
      generation: winner.generation,
      id: `test/${winner.service}/${winner.generation}`,
      workflowId: `deploy/test/${winner.service}`,
    });
  }
});

it('survives being taken and released in all orders at once', async () => {
  const { store } = used;
  const fleet = fleetName();
  const names = ['a', 'b', 'c', 'd', 'e'];
  await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const { generation } = await draw(store);
      for (let round = 0; round < 10; round++) {
        const some = [...names.slice(i % 5), ...names.slice(0, i % 5)].slice(0, 3);
        const held = await store.claim(generation, fleet, some, 'all');
        expect(held.every(({ holder }) => holder.generation !== generation)).toBe(true);
        await store.abandon(generation);
      }
    }),
  );
  const { generation } = await draw(store);
  expect(await store.claim(generation, fleet, names, 'all')).toEqual([]);
});

it('keeps what it has when it is repeated, and takes all or nothing', async () => {
  const { store } = used;
  const fleet = fleetName();
  const [one, two] = [await draw(store), await draw(store)];
  expect(await store.claim(one.generation, fleet, ['a', 'b'], 'all')).toEqual([]);
  expect(await store.claim(one.generation, fleet, ['b', 'a'], 'all')).toEqual([]);
  expect(await store.claim(two.generation, fleet, ['b', 'c'], 'all')).toMatchObject([{ name: 'b' }]);
  expect(await store.claim(one.generation, fleet, ['c'], 'all')).toEqual([]);
});

it('takes those that are free, where that is asked for', async () => {
  const { store } = used;
  const fleet = fleetName();
  const [one, two] = [await draw(store), await draw(store)];
  await store.claim(one.generation, fleet, ['a'], 'all');
  expect(await store.claim(two.generation, fleet, ['a', 'b'], 'free')).toMatchObject([
    { name: 'a', holder: { generation: one.generation } },
  ]);
  expect(await store.claim(one.generation, fleet, ['b'], 'all')).toMatchObject([{ name: 'b' }]);
});

it('is of one fleet: the same name elsewhere is another instance', async () => {
  const { store } = used;
  const [one, two] = [await draw(store), await draw(store)];
  expect(await store.claim(one.generation, fleetName(), ['a'], 'all')).toEqual([]);
  expect(await store.claim(two.generation, fleetName(), ['a'], 'all')).toEqual([]);
});

it('is released with the end, or with a begin that came to nothing', async () => {
  const { store } = used;
  const fleet = fleetName();
  const ended = await begin(store, { fleet });
  await store.end(statusDocument(ended.generation, ended.service, { status: 'succeeded' }));
  const refused = await draw(store);
  expect(await store.claim(refused.generation, fleet, ['a'], 'all')).toEqual([]);
  await store.takeSnapshot(refused.generation, taken([{ ordinal: 0, name: 'a', labels: {} }]));
  await store.abandon(refused.generation);
  expect(await store.takenSnapshot(refused.generation)).toEqual([]);
  expect(await store.claim((await draw(store)).generation, fleet, ['a'], 'all')).toEqual([]);
});

it('of one that has ended, made too late, can be taken over as well', async () => {
  const { store } = used;
  const fleet = fleetName();
  const ended = await begin(store, { fleet });
  await store.end(statusDocument(ended.generation, ended.service, { status: 'succeeded' }));
  await store.claim(ended.generation, fleet, ['late'], 'free');
  await store.endLost(ended.generation, 'orchestrator lost');
  expect(await store.claim((await draw(store)).generation, fleet, ['late'], 'all')).toEqual([]);
  expect((await store.deployment(ended.generation))?.status).toBe('succeeded');
});
