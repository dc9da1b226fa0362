import { begin, useStore } from './builders';

const used = useStore();

it('keeps the first answer of each act, and answers with it', async () => {
  const { store } = used;
  const { generation } = await begin(store);
  expect(await store.act(generation, 1)).toBeUndefined();
  const first = { fault: 'the router is gone' };
  expect(await store.recordAct(generation, 1, 'shift', first)).toEqual(first);
  expect(await store.recordAct<{ fault?: string }>(generation, 1, 'shift', {})).toEqual(first);
  expect(await store.recordAct(generation, 2, 'hook', {})).toEqual({});
  expect(await store.act(generation, 1)).toEqual({ kind: 'shift', answer: first, at: expect.any(Date) });
  expect(await store.act(generation, 2)).toMatchObject({ kind: 'hook', answer: {} });
});

it('takes one answer of many at once, and all are told the same', async () => {
  const { store } = used;
  const { generation } = await begin(store);
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => store.recordAct(generation, 0, 'hook', { fault: `by ${index}` })),
  );
  expect(new Set(answers.map(({ fault }) => fault)).size).toBe(1);
});

it('writes a line with the answer that stands, and none for another', async () => {
  const { store } = used;
  const { generation } = await begin(store);
  const told = () => store.recordAct(generation, 1, 'hook', {}, { type: 'hook_done', reason: 'smoke' });
  await Promise.all([told(), told(), told()]);
  await store.recordAct(generation, 2, 'shift', {});
  const lines = (await store.events({ generation })).filter(({ type }) => type !== 'started');
  expect(lines).toEqual([expect.objectContaining({ generation, type: 'hook_done', reason: 'smoke' })]);
});

it('takes texts that a database has no place for', async () => {
  const { store } = used;
  const { generation } = await begin(store);
  const answer = { fault: 'a\0b \ud800 \\u0000 😀', closed: { reason: '\udc00' } };
  expect(await store.recordAct(generation, 0, 'hook', answer)).toEqual({
    fault: 'a\uFFFDb \uFFFD \\u0000 😀',
    closed: { reason: '\uFFFD' },
  });
});

it('takes none of a deployment that never began', async () => {
  await expect(used.store.recordAct(999_999_999, 0, 'hook', {})).rejects.toThrow('acts_generation_fkey');
});
