import { HEALTH } from '../../src/domain';
import { begin, change, changeKey, draw, NEW, OLD, statusDocument, useStore } from './builders';

const used = useStore();
const NEWER = { codeVersion: '1.2.0', configurationVersion: '2' };

/** The whole of a deployment: every instance to the versions, one after another. */
async function roll(service: string, versions: typeof NEW, actor: string, before = OLD): Promise<number> {
  const { generation } = await begin(used.store, { service, actor, versions: before });
  for (const [ordinal, name] of ['a', 'b', 'c'].entries())
    await change(used.store, generation, ordinal, name, versions);
  await used.store.end(statusDocument(generation, service, { status: 'succeeded' }));
  return generation;
}

it('tells what ran on an instance, since when, brought by whom', async () => {
  const { store } = used;
  const service = 'told';
  const first = await roll(service, NEW, 'ann');
  const second = await roll(service, NEWER, 'bob', NEW);
  const history = await store.instanceHistory({ instance: 'b', service });
  expect(history.map(({ since: _, ...row }) => row)).toEqual([
    { instance: 'b', service, environment: 'test', versions: NEWER, generation: second, by: 'bob' },
    { instance: 'b', service, environment: 'test', versions: NEW, generation: first, by: 'ann' },
    { instance: 'b', service, environment: 'test', versions: OLD, generation: first, by: 'ann', found: true },
  ]);
  const times = history.map(({ since }) => since.getTime());
  expect(times).toEqual([...times].sort((x, y) => y - x));
  expect(await store.instanceHistory({ instance: 'b', service: 'other' })).toEqual([]);
});

it('tells what runs where, and whether it is mixed', async () => {
  const { store } = used;
  const service = 'where';
  const { generation } = await begin(store, { service, actor: 'ann' });
  const running = async () =>
    (await store.running({ service })).map(({ versions, instances, by, found, mixed }) => {
      return { versions, instances, by, found, mixed };
    });
  expect(await running()).toEqual([{ versions: OLD, instances: 3, by: 'ann', found: true, mixed: false }]);
  await change(store, generation, 0, 'a');
  expect(await running()).toEqual([
    { versions: OLD, instances: 2, by: 'ann', found: true, mixed: true },
    { versions: NEW, instances: 1, by: 'ann', found: undefined, mixed: true },
  ]);
  await change(store, generation, 1, 'b');
  await change(store, generation, 2, 'c');
  expect(await running()).toEqual([{ versions: NEW, instances: 3, by: 'ann', found: undefined, mixed: false }]);
  expect(await store.running({ service: 'nothing' })).toEqual([]);
});

it('tells the state after a deployment, with those that it did not touch', async () => {
  const { store } = used;
  const service = 'state';
  const first = await roll(service, NEW, 'ann');
  const fleet = `/srv/${service}.json`;
  const second = await begin(store, { service, names: ['a'], fleet, versions: NEW });
  await change(store, second.generation, 0, 'a', NEWER);
  await store.end(statusDocument(second.generation, service, { status: 'succeeded' }));
  const third = await roll(service, OLD, 'eve', NEW);

  expect(await store.stateAfter(first)).toEqual(
    new Map([
      ['a', NEW],
      ['b', NEW],
      ['c', NEW],
    ]),
  );
  expect(await store.stateAfter(second.generation)).toEqual(
    new Map([
      ['a', NEWER],
      ['b', NEW],
      ['c', NEW],
    ]),
  );
  expect(await store.stateAfter(third)).toEqual(
    new Map([
      ['a', OLD],
      ['b', OLD],
      ['c', OLD],
    ]),
  );
  expect(await store.stateAfter(999_999)).toEqual(new Map());
});

it('takes a health without versions as a health only', async () => {
  const { store } = used;
  const { generation, service } = await begin(store);
  await store.recordState(generation, 0, { health: HEALTH.DEGRADED });
  await store.recordState(generation, 1, { versions: NEW, health: HEALTH.HEALTHY });
  await store.recordState(generation, 1, { health: HEALTH.FAILED });
  await store.recordState(generation, 1, { health: HEALTH.FAILED });
  expect(await store.recordedStates(generation)).toEqual([
    { name: 'a', state: { versions: OLD, health: HEALTH.DEGRADED } },
    { name: 'b', state: { versions: NEW, health: HEALTH.FAILED } },
  ]);
  expect(await store.recorded(`/srv/${service}.json`, ['a', 'b', 'z'])).toEqual(
    new Map([
      ['a', { versions: OLD, health: HEALTH.DEGRADED }],
      ['b', { versions: NEW, health: HEALTH.FAILED }],
    ]),
  );
  expect((await store.instanceHistory({ instance: 'b', service })).map(({ versions }) => versions)).toEqual([NEW, OLD]);
});

it('keeps what was recorded when it looks at an instance that cannot be reached', async () => {
  const { store } = used;
  const service = 'unreached';
  await roll(service, NEW, 'ann');
  const fleet = `/srv/${service}.json`;
  const { generation, requestId } = await draw(store, { service, fleet });
  const members = await store.requestedMembers(requestId);
  await store.claim(generation, fleet, ['a', 'b', 'c'], 'all');
  await store.takeSnapshot(
    generation,
    members.map(({ ordinal }) => ({
      ordinal,
      snapshot: { versions: OLD, health: HEALTH.UNKNOWN },
      excluded: ordinal === 0,
      unreachable: ordinal === 0,
    })),
  );
  await store.createDeployment({
    generation,
    requestId,
    workflowId: 'w',
    runId: 'r',
    document: statusDocument(generation, service),
    answer: null,
  });
  const recorded = await store.recorded(fleet, ['a', 'b']);
  expect(recorded.get('a')).toEqual({ versions: NEW, health: HEALTH.HEALTHY });
  expect(recorded.get('b')).toEqual({ versions: OLD, health: HEALTH.UNKNOWN });
  expect((await store.members(generation)).map(({ excluded }) => excluded)).toEqual([true, false, false]);
});

it('records nothing of an ended deployment', async () => {
  const { store } = used;
  const service = 'over';
  const generation = await roll(service, NEW, 'ann');
  await store.recordState(generation, 0, { versions: OLD, health: HEALTH.FAILED });
  expect((await store.recorded(`/srv/${service}.json`, ['a'])).get('a')?.versions).toEqual(NEW);
  expect(await store.openAttempt(changeKey(generation, 0, 1), 0)).toMatchObject({ kind: 'fenced', why: 'claim' });
});

it('keeps what it is told, but for what a database can not hold', async () => {
  const { store } = used;
  const { generation } = await begin(store, { service: 'nul' });
  await store.appendEventOnce({ generation, type: 'told', by: 'a\0b', reason: 'half \ud800' }, 77);
  expect(await store.events({ generation })).toContainEqual(
    expect.objectContaining({ type: 'told', by: 'a\uFFFDb', reason: 'half \uFFFD' }),
  );
});
