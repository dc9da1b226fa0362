import { NEW, OLD, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { BROKEN, ScriptedBulk, STILL } from '../support/scripted-bulk';
import { environment, Rig, type RigOptions } from './harness';

const used = useStore();
const folder = temporaryFolder();

async function begun(options: Partial<RigOptions> = {}) {
  const bulk = new ScriptedBulk();
  const rig = new Rig(used.store, { folder: folder.path, bulk, ...options });
  await rig.began();
  return { rig, bulk };
}

const once = { retry: { maxAttempts: 1, initialIntervalMs: 1, backoff: 2, maxIntervalMs: 10 } };
const ordinals = ({ left }: { left: { ordinal: number }[] }) => left.map(({ ordinal }) => ordinal);

it('answers as soon as some have ended, with those that go on, by one question for all of them', async () => {
  const { rig, bulk } = await begun();
  bulk.onAsk = ({ instance }) => (instance.name === 'b' ? undefined : STILL);
  const driven = await rig.drive([0, 1, 2]);
  expect(driven.outcomes).toEqual([{ ordinal: 1, name: 'b', result: 'good', attempts: 1 }]);
  expect(ordinals(driven)).toEqual([0, 2]);
  expect(bulk.asked).toBe(1);
  expect((await used.store.members(rig.generation))[1]).toMatchObject({ recorded: { versions: NEW } });
});

it('finds those that go on as they are, and starts nothing twice', async () => {
  const { rig, bulk } = await begun();
  bulk.onAsk = ({ instance }) => (instance.name === 'b' ? undefined : STILL);
  await rig.drive([0, 1, 2]);
  bulk.onAsk = undefined;
  rig.activities = rig.worker();
  const driven = await rig.drive([0, 2]);
  expect(driven.outcomes).toMatchObject([
    { name: 'a', result: 'good' },
    { name: 'c', result: 'good' },
  ]);
  expect(await used.store.attempts(rig.generation)).toMatchObject([{ attempt: 1 }, { attempt: 1 }, { attempt: 1 }]);
});

it('tells once more what may not have arrived when its worker died', async () => {
  const { rig, bulk } = await begun();
  bulk.onBegin = () => {
    throw new Error('the worker died');
  };
  await expect(rig.drive([0])).rejects.toThrow();
  bulk.onBegin = undefined;
  expect((await rig.drive([0])).outcomes).toMatchObject([{ result: 'good', attempts: 1 }]);
  expect(bulk.begun).toMatchObject([{ generation: rig.generation, attempt: 1, target: NEW }]);
});

it('answers a repetition with what was recorded, and tells nobody anything', async () => {
  const { rig, bulk } = await begun({ spec: once });
  bulk.onAsk = () => BROKEN;
  const first = await rig.drive([0]);
  expect(first.outcomes).toMatchObject([{ result: 'failed', reason: 'it reports that it failed' }]);
  bulk.onAsk = undefined;
  expect(await rig.drive([0])).toEqual(first);
  expect(bulk.begun).toHaveLength(1);
});

it('has one that failed try again, and takes back from the last one what it was told', async () => {
  const retry = { maxAttempts: 2, initialIntervalMs: 5, backoff: 1, maxIntervalMs: 5 };
  const { rig, bulk } = await begun({ spec: { retry } });
  bulk.onAsk = () => BROKEN;
  expect((await rig.drive([0])).outcomes).toMatchObject([{ result: 'failed', attempts: 2 }]);
  expect(bulk.begun.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(bulk.withdrawn.map(({ attempt }) => attempt)).toEqual([2]);
});

it('keeps to the wait before another attempt, whoever waits', async () => {
  const retry = { maxAttempts: 2, initialIntervalMs: 3_600_000, backoff: 1, maxIntervalMs: 3_600_000 };
  const { rig, bulk } = await begun({ spec: { retry } });
  bulk.onAsk = ({ instance }) => (instance.name === 'a' ? BROKEN : undefined);
  expect(ordinals(await rig.drive([0, 1]))).toEqual([0]);
  expect(ordinals(await rig.drive([0, 2]))).toEqual([0]);
  expect(bulk.begun.map(({ instance, attempt }) => [instance.name, attempt])).toEqual([
    ['a', 1],
    ['b', 1],
    ['c', 1],
  ]);
});

it('ends all of them when it is cancelled, and those that have not begun need not any more', async () => {
  const { rig, bulk } = await begun();
  const env = environment();
  bulk.onAsk = () => {
    env.cancel('CANCELLED');
    return STILL;
  };
  const driven = await rig.drive([0, 1], { env });
  expect(driven).toMatchObject({ outcomes: [{ result: 'cancelled' }, { result: 'cancelled' }], left: [] });
  expect(bulk.withdrawn.map(({ instance }) => instance.name)).toEqual(['a', 'b']);
  expect((await used.store.members(rig.generation))[0]).toMatchObject({ recorded: { versions: OLD } });
});

it('ends those that nobody waits for any more', async () => {
  const { rig, bulk } = await begun();
  bulk.onAsk = ({ instance }) => (instance.name === 'b' ? undefined : STILL);
  await rig.drive([0, 1]);
  expect(await rig.drive([0, 2], { stop: true })).toMatchObject({
    outcomes: [
      { name: 'a', result: 'cancelled', attempts: 1 },
      { name: 'c', result: 'cancelled', attempts: 0 },
    ],
    left: [],
  });
});

it('leaves them as they are when its worker shuts down', async () => {
  const { rig, bulk } = await begun();
  const env = environment();
  bulk.onAsk = () => {
    env.cancel('WORKER_SHUTDOWN');
    return STILL;
  };
  await expect(rig.drive([0], { env })).rejects.toThrow('the worker shuts down');
  expect(bulk.withdrawn).toEqual([]);
  bulk.onAsk = undefined;
  expect((await rig.drive([0])).outcomes).toMatchObject([{ result: 'good', attempts: 1 }]);
});

it('brings back what was touched, at once when it is well, and says that the rest was not', async () => {
  const { rig, bulk } = await begun();
  await rig.drive([0]);
  const fence = await rig.drawGeneration();
  const driven = await rig.drive([0, 1], { fence });
  expect(driven.outcomes.map(({ name, result }) => [name, result]).sort()).toEqual([
    ['a', 'restored'],
    ['b', 'restored'],
  ]);
  expect(bulk.begun.at(-1)).toMatchObject({
    instance: { name: 'a' },
    target: OLD,
    generation: fence,
    towards: 'snapshot',
  });
  expect(bulk.limits.at(-1)).toMatchObject({ minHealthyMs: 0 });
});

it('starts nothing for a deployment that a newer generation has fenced off', async () => {
  const { rig, bulk } = await begun();
  await rig.drawGeneration();
  expect((await rig.drive([0])).outcomes).toMatchObject([
    { result: 'failed', reason: expect.stringContaining('not started') },
  ]);
  expect(bulk.begun).toEqual([]);
});
