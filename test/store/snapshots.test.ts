import { Client } from 'pg';
import { HEALTH } from '../../src/domain';
import { begin, draw, NEW, OLD, taken, useStore } from './builders';

const used = useStore();

it('is decided by the first call, whole', async () => {
  const { store } = used;
  const { generation, requestId } = await draw(store);
  const members = await store.requestedMembers(requestId);
  const versions = [OLD, NEW, { codeVersion: 'x', configurationVersion: 'y' }];
  const answers = await Promise.all(versions.map((each) => store.takeSnapshot(generation, taken(members, each))));
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  expect(await store.takenSnapshot(generation)).toEqual(answers[0]);
});

it('keeps what nobody knows as unknown', async () => {
  const { store } = used;
  const { generation } = await draw(store);
  const unknown = { ordinal: 0, snapshot: { health: HEALTH.UNKNOWN }, excluded: true, unreachable: true };
  await store.takeSnapshot(generation, [unknown]);
  expect(await store.takenSnapshot(generation)).toEqual([unknown]);
});

it.each(['update snapshots set health = 3', 'delete from snapshots', 'truncate snapshots'])(
  'is never changed: %s',
  async (statement) => {
    const { store, database } = used;
    const { generation } = await begin(store);
    const before = await store.takenSnapshot(generation);
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await expect(client.query(statement)).rejects.toThrow('snapshots are never changed');
    await client.end();
    await store.abandon(generation);
    expect(await store.takenSnapshot(generation)).toEqual(before);
  },
);

it('knows which generation wrote a snapshot file last', async () => {
  const { store } = used;
  const one = await begin(store, { service: 'written', names: ['a'] });
  const two = await begin(store, { service: 'written', names: ['b'] });
  expect(two.generation).toBeGreaterThan(one.generation);
  expect(await store.snapshotFileWriter('/srv/written.snapshot.json')).toBe(two.generation);
  expect(await store.snapshotFileWriter('/srv/nothing.json')).toBeUndefined();
});
