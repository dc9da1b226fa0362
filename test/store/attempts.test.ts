import { HEALTH } from '../../src/domain';
import type { WorkKey } from '../../src/store';
import { begin, change, changeKey, NEW, OLD, statusDocument, useStore } from './builders';

const used = useStore();
const good = { ordinal: 0, name: 'a', result: 'good' as const, attempts: 1 };
const bad = { ...good, result: 'failed' as const, reason: 'it burns' };

describe('an attempt', () => {
  it('starts with all that it needs to know', async () => {
    const { store } = used;
    const { generation } = await begin(store);
    expect(await store.openAttempt(changeKey(generation, 1), 0)).toEqual({
      kind: 'started',
      attempt: 1,
      answered: 0,
      lost: 0,
      touched: true,
      member: {
        ordinal: 1,
        name: 'b',
        address: 'b:80',
        labels: { zone: 'a' },
        versions: OLD,
        snapshot: { versions: OLD, health: HEALTH.HEALTHY },
      },
    });
  });

  it('counts answers and losses of its key, and goes on counting over rounds', async () => {
    const { store } = used;
    const { generation } = await begin(store);
    const key = changeKey(generation, 0);
    await store.openAttempt(key, 0);
    await store.answerAttempt(key, { attempt: 1, ok: false, reason: 'no', output: 'tail' });
    expect(await store.openAttempt(key, 0)).toMatchObject({ kind: 'started', attempt: 2, answered: 1, lost: 0 });
    // The second one's worker is gone.
    expect(await store.openAttempt(key, 0)).toMatchObject({
      kind: 'lost',
      lost: 1,
      answered: 1,
      member: { name: 'a' },
    });
    expect(await store.openAttempt(key, 1)).toMatchObject({ kind: 'started', attempt: 3, answered: 1, lost: 1 });
    await store.settle(key, bad, { attempt: 3, ok: false, reason: 'it burns' });
    expect(await store.openAttempt({ ...key, round: 1 }, 0)).toMatchObject({ attempt: 4, answered: 0, lost: 0 });

    const log = await store.attempts(generation, 'a');
    expect(log.map(({ attempt, ok, reason, output }) => ({ attempt, ok, reason, output }))).toEqual([
      { attempt: 1, ok: false, reason: 'no', output: 'tail' },
      { attempt: 2 },
      { attempt: 3, ok: false, reason: 'it burns' },
      { attempt: 4 },
    ]);
    expect(await store.attempts(generation, 'b')).toEqual([]);
  });

  it('is opened once by many at once, as long as none is known to be lost', async () => {
    const { store } = used;
    const { generation } = await begin(store);
    const key = changeKey(generation, 0);
    const opened = await Promise.all(Array.from({ length: 10 }, () => store.openAttempt(key, 0)));
    expect(opened.map(({ kind }) => kind).sort()).toEqual([...Array<string>(9).fill('lost'), 'started']);
  });

  it('does not start without the claim, and names who has it', async () => {
    const { store } = used;
    const fleet = '/srv/overtaken.json';
    const lost = await begin(store, { fleet });
    await store.endLost(lost.generation, 'orchestrator lost');
    const key = changeKey(lost.generation, 0);
    expect(await store.openAttempt(key, 0)).toEqual({ kind: 'fenced', why: 'claim' });
    const next = await begin(store, { fleet });
    expect(await store.openAttempt(key, 0)).toEqual({ kind: 'fenced', why: 'claim', by: next.generation });
    expect(await store.attempts(lost.generation)).toEqual([]);
  });

  it('does not start forward once a rollback has its generation; the rollback does', async () => {
    const { store } = used;
    const { generation } = await begin(store);
    await store.openAttempt(changeKey(generation, 0), 0);
    const fence = await store.drawRollback(generation);
    expect(await store.openAttempt(changeKey(generation, 1), 0)).toEqual({ kind: 'fenced', why: 'stale', by: fence });
    const restore: WorkKey = { generation, ordinal: 0, towards: 'snapshot', round: 0, fence };
    expect(await store.openAttempt(restore, 0)).toMatchObject({ kind: 'started', attempt: 1, touched: true });
    expect(await store.openAttempt({ ...restore, ordinal: 1 }, 0)).toMatchObject({ kind: 'started', touched: false });
  });

  it('does not start when the work has ended: its outcome is the answer', async () => {
    const { store } = used;
    const { generation } = await begin(store);
    await change(store, generation, 0, 'a');
    expect(await store.openAttempt(changeKey(generation, 0), 5)).toEqual({ kind: 'recorded', outcome: good });
  });

  it('is answered once', async () => {
    const { store } = used;
    const { generation } = await begin(store);
    const key = changeKey(generation, 0);
    await store.openAttempt(key, 0);
    const broken = { versions: NEW, health: HEALTH.FAILED };
    await store.answerAttempt(key, { attempt: 1, ok: false, reason: 'first' }, broken);
    await store.answerAttempt(key, { attempt: 1, ok: true }, { versions: OLD, health: HEALTH.HEALTHY });
    expect(await store.attempts(generation)).toMatchObject([{ ok: false, reason: 'first' }]);
    expect(await store.recordedStates(generation)).toEqual([{ name: 'a', state: broken }]);
  });

  it('is refused for an instance that the deployment does not have', async () => {
    const { generation } = await begin(used.store);
    await expect(used.store.openAttempt(changeKey(generation, 99), 0)).rejects.toThrow('has no instance 99');
  });
});

describe('an outcome', () => {
  it('is recorded once, by whoever comes first', async () => {
    const { store } = used;
    const { generation } = await begin(store);
    const key = changeKey(generation, 0);
    const outcomes = [good, bad, { ...good, attempts: 7 }, { ...bad, reason: 'other' }];
    const standing = await Promise.all(outcomes.map((outcome) => store.settle(key, outcome)));
    expect(standing.every((each) => each !== undefined)).toBe(true);
    for (const each of standing) expect(each).toEqual(standing[0]);
    expect(outcomes).toContainEqual(standing[0]);
    expect((await store.members(generation))[0]?.changed).toEqual(standing[0]);
  });

  it('ends the attempt and records the state with it, and a late one changes neither', async () => {
    const { store } = used;
    const { generation } = await begin(store);
    await change(store, generation, 0, 'a');
    const late = await store.settle(
      changeKey(generation, 0),
      bad,
      { attempt: 1, ok: false },
      { health: HEALTH.FAILED },
    );
    expect(late).toEqual(good);
    expect(await store.attempts(generation)).toMatchObject([{ ok: true }]);
    expect((await store.members(generation))[0]).toMatchObject({
      changed: good,
      recorded: { versions: NEW, health: HEALTH.HEALTHY },
    });
  });

  it('of an overtaken attempt is not recorded', async () => {
    const { store } = used;
    const { generation } = await begin(store);
    const key = changeKey(generation, 0);
    await store.openAttempt(key, 0);
    await store.openAttempt(key, 1);
    expect(await store.settle(key, bad, { attempt: 1, ok: false })).toBeUndefined();
    expect(await store.settle(key, good, { attempt: 2, ok: true })).toEqual(good);
    expect(await store.settle(key, bad, { attempt: 1, ok: false })).toEqual(good);
  });

  it('after the end of the deployment is not recorded', async () => {
    const { store } = used;
    const { generation, service } = await begin(store);
    const key = changeKey(generation, 0);
    await store.openAttempt(key, 0);
    await store.end(statusDocument(generation, service, { status: 'aborted' }));
    expect(await store.settle(key, good, { attempt: 1, ok: true }, { health: HEALTH.FAILED })).toBeUndefined();
    expect(await store.recordedStates(generation)).toEqual([]);
  });

  it('of the latest round is the one that counts', async () => {
    const { store } = used;
    const { generation } = await begin(store);
    await store.settle(changeKey(generation, 0), bad);
    await store.settle(changeKey(generation, 1), { ...good, ordinal: 1, name: 'b' });
    expect((await store.goodMembers(generation)).map(({ name }) => name)).toEqual(['b']);
    await store.settle(changeKey(generation, 0, 1), good);
    expect((await store.goodMembers(generation)).map(({ name }) => name)).toEqual(['a', 'b']);

    const fence = await store.drawRollback(generation);
    await store.openAttempt({ generation, ordinal: 1, towards: 'snapshot', round: 0, fence }, 0);
    expect((await store.goodMembers(generation)).map(({ name }) => name)).toEqual(['a']);
  });
});
