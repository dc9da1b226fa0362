import { HEALTH } from '../../src/domain';
import { begin, change, changeKey, NEW, OLD, useStore } from './builders';

const used = useStore();

it('names members by their ordinals and back', async () => {
  const { store } = used;
  const { generation } = await begin(store, { names: ['x', 'y', 'z'] });
  expect(await store.memberNames(generation, 1, 10)).toEqual(['y', 'z']);
  expect(await store.memberNames(generation, 0, 2)).toEqual(['x', 'y']);
  expect(await store.memberOrdinals(generation, ['z', 'nobody', 'x'])).toEqual([2, null, 0]);
  expect((await store.members(generation, { offset: 1, limit: 1 })).map(({ name }) => name)).toEqual(['y']);
});

it('records who joined and who left once, with the joiners as members', async () => {
  const { store } = used;
  const { generation, service } = await begin(store);
  await change(store, generation, 0, 'a');
  await change(store, generation, 1, 'b');
  const joiner = (name: string) => ({
    instance: { name, labels: {}, versions: OLD },
    taken: { ordinal: 3, snapshot: { versions: OLD, health: HEALTH.HEALTHY }, excluded: false, unreachable: false },
  });
  const answer = { joined: [{ ordinal: 3, state: 'pending' as const }], left: [1] };
  expect(await store.membershipRead(generation, 1)).toBeUndefined();
  expect(await store.recordMembership(generation, 1, [joiner('d')], answer)).toEqual(answer);
  expect(await store.recordMembership(generation, 1, [joiner('e')], { joined: [], left: [0] })).toEqual(answer);
  expect(await store.membershipRead(generation, 1)).toEqual(answer);
  expect(await store.recordMembership(generation, 2, [], { joined: [], left: [] })).toEqual({ joined: [], left: [] });

  expect(await store.memberPresence(generation)).toEqual([
    { ordinal: 0, name: 'a', left: false, excluded: false },
    { ordinal: 1, name: 'b', left: true, excluded: false },
    { ordinal: 2, name: 'c', left: false, excluded: false },
    { ordinal: 3, name: 'd', left: false, excluded: false },
  ]);
  expect((await store.goodMembers(generation)).map(({ name }) => name)).toEqual(['a']);
  expect(await store.claim(generation, `/srv/${service}.json`, ['d'], 'all')).toEqual([]);
  expect(await store.openAttempt(changeKey(generation, 3), 0)).toMatchObject({
    kind: 'started',
    member: { name: 'd' },
  });
  expect((await store.running({ service })).map(({ versions, instances }) => [versions, instances])).toEqual([
    [NEW, 2],
    [OLD, 2],
  ]);
});

it('records who returned once, with an event for each who left and returned', async () => {
  const { store } = used;
  const { generation } = await begin(store);
  await change(store, generation, 1, 'b');
  await store.recordMembership(generation, 0, [], { joined: [], left: [1, 2] });
  expect(await store.goodMembers(generation)).toEqual([]);
  const answer = { joined: [], left: [0], returned: [{ ordinal: 1, state: 'pending' as const }] };
  expect(await store.recordMembership(generation, 1, [], answer)).toEqual(answer);
  expect(await store.recordMembership(generation, 1, [], { joined: [], left: [1] })).toEqual(answer);
  expect(await store.membershipRead(generation, 1)).toEqual(answer);
  expect((await store.memberPresence(generation)).map(({ left }) => left)).toEqual([true, false, true]);
  const events = (await store.events({ generation })).filter(({ instance }) => instance !== undefined);
  expect(events.map(({ type, instance }) => `${instance ?? ''} ${type}`)).toEqual([
    'b left',
    'c left',
    'a left',
    'b returned',
  ]);
});

it('doesn’t count one as good while it is changed again', async () => {
  const { store } = used;
  const { generation } = await begin(store);
  await change(store, generation, 1, 'b');
  expect(await store.goodMembers(generation)).toMatchObject([{ name: 'b', round: 0 }]);
  await store.openAttempt({ ...changeKey(generation, 1), round: 1 }, 0);
  expect(await store.goodMembers(generation)).toEqual([]);
});

it('takes and reads 10,000 members in moments', async () => {
  const { store } = used;
  const names = Array.from({ length: 10_000 }, (_, i) => `web-${String(i).padStart(5, '0')}`);
  const { generation } = await begin(store, { names });
  const members = await store.members(generation);
  expect(members).toHaveLength(10_000);
  expect(members[9_999]).toMatchObject({ name: 'web-09999', ordinal: 9_999, snapshot: { versions: OLD } });
});
