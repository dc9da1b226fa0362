import { HEALTH } from '../../src/domain';
import { StoreUnreachable } from '../../src/store';
import { changeKey, NEW, OLD, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { untilAborted } from '../support/scripted-driver';
import { environment, Rig, type RigOptions } from './harness';

const used = useStore();
const folder = temporaryFolder();

async function begun(options: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = new Rig(used.store, { folder: folder.path, ...options });
  await rig.began();
  return rig;
}

const once = { retry: { maxAttempts: 1, initialIntervalMs: 1, backoff: 2, maxIntervalMs: 10 } };

describe('changeInstance', () => {
  it('changes an instance and records the attempt, the outcome and the state', async () => {
    const rig = await begun();
    expect(await rig.change(0)).toEqual({ ordinal: 0, name: 'a', result: 'good', attempts: 1 });
    expect(rig.driver.changes).toMatchObject([
      {
        target: NEW,
        generation: rig.generation,
        attempt: 1,
        towards: 'release',
        instance: { before: { versions: OLD } },
      },
    ]);
    const [member] = await used.store.members(rig.generation);
    expect(member).toMatchObject({ changed: { result: 'good' }, recorded: { versions: NEW, health: HEALTH.HEALTHY } });
    expect(await used.store.attempts(rig.generation, 'a')).toMatchObject([
      { attempt: 1, ok: true, output: 'now 1.1.0\n' },
    ]);
  });

  it('answers a repetition with the recorded outcome, and runs nothing', async () => {
    const rig = await begun();
    const first = await rig.change(0);
    expect(await rig.change(0)).toEqual(first);
    expect(rig.driver.changes).toHaveLength(1);
  });

  it('does it again for another round', async () => {
    const rig = await begun({ spec: once });
    rig.driver.onChange = async () => ({ kind: 'failed', reason: 'update exited with status 1', output: 'no\n' });
    expect(await rig.change(0)).toMatchObject({ result: 'failed', attempts: 1 });
    rig.driver.onChange = undefined;
    expect(await rig.change(0, 1)).toMatchObject({ result: 'good', attempts: 1 });
    expect(rig.driver.changes.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('has a failed attempt tried again after the policy’s wait, and returns the last failure', async () => {
    const rig = await begun({
      spec: { retry: { maxAttempts: 3, initialIntervalMs: 100, backoff: 3, maxIntervalMs: 200 } },
    });
    rig.driver.onChange = async () => ({ kind: 'failed', reason: 'update exited with status 1', output: '' });
    await expect(rig.change(0)).rejects.toMatchObject({
      nextRetryDelay: 100,
      nonRetryable: false,
      message: expect.stringContaining('status 1'),
    });
    await expect(rig.change(0)).rejects.toMatchObject({ nextRetryDelay: 200 });
    expect(await rig.change(0)).toEqual({
      ordinal: 0,
      name: 'a',
      result: 'failed',
      attempts: 3,
      reason: 'update exited with status 1',
    });
  });

  it.each([
    ['a wrong version', { versions: OLD, health: HEALTH.HEALTHY, reachable: true }, 'answered 1.0.0, wanted 1.1.0'],
    ['bad health', { versions: NEW, health: HEALTH.FAILED, reachable: true }, 'health check answered 503, wanted 200'],
    ['no answer', { versions: NEW, health: HEALTH.HEALTHY, reachable: false }, 'no answer: connection refused by a'],
  ])('tells %s in words', async (_, after, reason) => {
    const rig = await begun({ spec: { ...once, timeouts: { instanceMs: 1000, healthMs: 30 } } });
    rig.driver.onChange = async () => {
      rig.driver.fleet.set('a', after);
      return { kind: 'done', output: '' };
    };
    expect(await rig.change(0)).toMatchObject({ result: 'failed', reason });
  });

  it('waits until the instance has been good for long enough', async () => {
    const rig = await begun({ spec: { minHealthyMs: 60, timeouts: { instanceMs: 1000, healthMs: 2000 } } });
    let looks = 0;
    rig.driver.onProbe = () => {
      looks++;
      const health = looks === 1 || looks === 3 ? HEALTH.FAILED : HEALTH.HEALTHY;
      return { kind: 'answered', health, ...NEW };
    };
    expect(await rig.change(0)).toMatchObject({ result: 'good' });
    expect(looks).toBeGreaterThan(4);
  });

  it('gives up an instance that is never good for long enough', async () => {
    const rig = await begun({ spec: { ...once, minHealthyMs: 500, timeouts: { instanceMs: 1000, healthMs: 50 } } });
    expect(await rig.change(0)).toMatchObject({ result: 'failed', reason: expect.stringContaining('less than 500ms') });
  });

  it('believes the change where health tells no version', async () => {
    const rig = new Rig(used.store, { folder: folder.path });
    rig.driver.put(rig.names);
    await rig.began();
    expect(await rig.change(0)).toMatchObject({ result: 'good' });
    expect((await used.store.members(rig.generation))[0]).toMatchObject({ recorded: { versions: NEW } });
  });

  it('ends a change that hangs', async () => {
    const rig = await begun({ spec: { ...once, timeouts: { instanceMs: 20, healthMs: 50 } } });
    rig.driver.onChange = (_, signal, stopped) => {
      stopped?.('waiting for a lock\n');
      return untilAborted(signal);
    };
    expect(await rig.change(0)).toMatchObject({
      result: 'failed',
      reason: 'the change took longer than 20ms and was stopped',
    });
    expect(await used.store.attempts(rig.generation)).toMatchObject([{ output: 'waiting for a lock\n' }]);
  });

  it('records and returns a cancellation', async () => {
    const rig = await begun();
    const env = environment();
    rig.driver.onChange = (_, signal) => {
      setImmediate(() => env.cancel());
      return untilAborted(signal);
    };
    expect(await rig.change(0, 0, env)).toMatchObject({ result: 'cancelled' });
    expect((await used.store.members(rig.generation))[0]).toMatchObject({ changed: { result: 'cancelled' } });
  });

  it('leaves the attempt open when its worker shuts down; whoever goes on looks first', async () => {
    const rig = await begun();
    const env = environment();
    rig.driver.onChange = (_, signal) => {
      setImmediate(() => env.cancel('WORKER_SHUTDOWN'));
      return untilAborted(signal);
    };
    await expect(rig.change(0, 0, env)).rejects.toMatchObject({ type: 'WorkerShutdown', nonRetryable: false });
    expect((await used.store.attempts(rig.generation, 'a'))[0]).not.toHaveProperty('endedAt');

    rig.driver.put(['a'], NEW);
    rig.activities = rig.worker();
    expect(await rig.change(0)).toMatchObject({ result: 'good', attempts: 1 });
    expect(rig.driver.changes).toHaveLength(1);
  });

  it('runs it again after a lost attempt that has not done it', async () => {
    const rig = await begun();
    await used.store.openAttempt(changeKey(rig.generation, 0), 0);
    expect(await rig.change(0)).toMatchObject({ result: 'good', attempts: 1 });
    expect(rig.driver.changes.map(({ attempt }) => attempt)).toEqual([2]);
  });

  it('gives up after ten lost attempts', async () => {
    const rig = await begun();
    for (let lost = 0; lost < 10; lost++) await used.store.openAttempt(changeKey(rig.generation, 0), lost);
    expect(await rig.change(0)).toMatchObject({
      result: 'failed',
      attempts: 0,
      reason: expect.stringContaining('worker lost'),
    });
    expect(rig.driver.changes).toEqual([]);
  });

  it('starts nothing once a rollback has its generation', async () => {
    const rig = await begun();
    const newer = await rig.drawGeneration();
    expect(await rig.change(0)).toMatchObject({
      result: 'failed',
      reason: expect.stringContaining(`generation ${newer}`),
    });
    expect(rig.driver.changes).toEqual([]);
  });

  it('starts nothing once the deployment is ended', async () => {
    const rig = await begun();
    await used.store.endLost(rig.generation, 'orchestrator lost');
    expect(await rig.change(0)).toMatchObject({ result: 'failed', reason: expect.stringContaining("doesn't hold") });
    expect(rig.driver.changes).toEqual([]);
  });

  it('has a lost database tried again without end', async () => {
    const rig = await begun();
    rig.driver.onChange = async () => {
      throw new StoreUnreachable('PostgreSQL can’t be used', []);
    };
    await expect(rig.change(0)).rejects.toMatchObject({ type: 'StoreUnreachable', nonRetryable: false });
  });
});

describe('restoreInstance', () => {
  it('brings a changed instance back under the rollback’s generation', async () => {
    const rig = await begun();
    await rig.change(0);
    const back = await rig.drawGeneration();
    expect(await rig.restore(0, back)).toEqual({ ordinal: 0, name: 'a', result: 'restored', attempts: 1 });
    expect(rig.driver.changes.at(-1)).toMatchObject({ towards: 'snapshot', target: OLD, generation: back });
    expect(rig.driver.fleet.get('a')).toMatchObject({ versions: OLD });
  });

  it('runs nothing for an instance that no attempt was started at', async () => {
    const rig = await begun();
    const back = await rig.drawGeneration();
    expect(await rig.restore(1, back)).toEqual({ ordinal: 1, name: 'b', result: 'restored', attempts: 0 });
    expect(rig.driver.changes).toEqual([]);
  });

  it('names a first install as unresolved', async () => {
    const names = ['x'];
    const rig = new Rig(used.store, {
      folder: folder.path,
      members: names.map((name, ordinal) => ({ ordinal, name, labels: {} })),
    });
    rig.driver.put(names);
    await rig.began();
    await rig.change(0);
    const back = await rig.drawGeneration();
    expect(await rig.restore(0, back)).toMatchObject({
      result: 'unresolved',
      reason: expect.stringContaining('no previous version is known'),
    });
  });

  it('takes an instance that was unhealthy before back to no worse than that', async () => {
    const rig = new Rig(used.store, { folder: folder.path });
    rig.driver.put(['a'], OLD, HEALTH.DEGRADED);
    await rig.began();
    await rig.change(0);
    expect(await rig.restore(0, await rig.drawGeneration())).toMatchObject({ result: 'restored' });
    expect(rig.driver.changes.at(-1)).toMatchObject({ targetHealth: HEALTH.DEGRADED });
  });

  it('tries by the policy, then names it with its reason', async () => {
    const rig = await begun({
      spec: { retry: { maxAttempts: 2, initialIntervalMs: 1, backoff: 1, maxIntervalMs: 1 } },
    });
    await rig.change(0);
    const back = await rig.drawGeneration();
    rig.driver.onChange = async () => ({ kind: 'failed', reason: 'disk full', output: '' });
    await expect(rig.restore(0, back)).rejects.toMatchObject({ type: 'AttemptFailed' });
    expect(await rig.restore(0, back)).toMatchObject({ result: 'unresolved', attempts: 2, reason: 'disk full' });
  });
});
