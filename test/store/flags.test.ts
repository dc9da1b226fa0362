import { randomUUID } from 'node:crypto';
import { plainFlag, type Flag } from '../../src/domain/flags';
import { useStore } from './builders';

const used = useStore();
const nameOf = () => ({ environment: 'production', key: `f-${randomUUID().slice(0, 8)}` });

async function made(change: Partial<Flag> = {}) {
  const name = nameOf();
  const flag = await used.store.createFlag({ ...plainFlag(name.environment, name.key), ...change }, { by: 'ann' });
  if (flag === undefined) throw new Error('there was one');
  return { name, flag };
}

describe('a flag', () => {
  it('is found as it was written, the order of its variants and the keys of their values included', async () => {
    const variants = [
      { name: 'z', value: { b: 1.5, a: ['x', null, true], '': { deep: 'ü' } }, weight: 3 },
      { name: 'a', value: { only: 'this' } },
    ];
    const rules = [
      { name: 'staff', all: [{ attribute: 'email', test: 'ends_with' as const, value: '@example.com' }], any: [] },
    ];
    const { name, flag } = await made({
      variants,
      rules,
      defaultVariant: 'z',
      offValue: { off: true },
      users: ['ann', 'o"brien, {}'],
      percent: 12.345,
      enabled: true,
      description: 'a new button',
    });
    expect(await used.store.flag(name)).toEqual(flag);
    expect(flag).toMatchObject({ ...name, variants, rules, percent: 12.345, users: ['ann', 'o"brien, {}'] });
    expect(JSON.stringify(flag.variants)).toBe(JSON.stringify(variants));
    expect(await used.store.createFlag(plainFlag(name.environment, name.key), { by: 'bob' })).toBeUndefined();
  });

  it('is changed in what is named, with who and why in the event log, and once only', async () => {
    const { name, flag } = await made({ percent: 10 });
    const order = { ...name, change: { percent: 25, enabled: true }, by: 'bob', reason: 'no errors' };
    const changed = await used.store.changeFlag(order);
    expect(changed).toMatchObject({
      kind: 'changed',
      flag: { percent: 25, enabled: true, users: [], changedBy: 'bob' },
    });
    if (changed.kind !== 'changed') return;
    expect(changed.flag.version).toBeGreaterThan(flag.version);
    expect(await used.store.changeFlag(order)).toEqual({ kind: 'same', flag: changed.flag });
    expect(await used.store.flagEvents(name, 10)).toMatchObject([
      {
        ...({ environment: 'production', flag: name.key } as object),
        type: 'flag_changed',
        by: 'bob',
        reason: 'percent 10 → 25, enabled: no errors',
      },
      { type: 'flag_created', by: 'ann', reason: 'disabled' },
    ]);
    const all = (await used.store.events({})).filter((each) => each.flag === name.key);
    expect(all.map(({ type }) => type)).toEqual(['flag_created', 'flag_changed']);
  });

  it('is not changed by somebody who has seen an older one', async () => {
    const { name, flag } = await made();
    const { version } = flag;
    expect(await used.store.changeFlag({ ...name, change: { percent: 1 }, version, by: 'ann' })).toMatchObject({
      kind: 'changed',
    });
    const late = await used.store.changeFlag({ ...name, change: { percent: 2 }, version, by: 'bob' });
    expect(late).toMatchObject({ kind: 'stale', flag: { percent: 1, changedBy: 'ann' } });
    expect(await used.store.deleteFlag({ ...name, version, by: 'bob' })).toMatchObject({ kind: 'stale' });
    expect(await used.store.flag(name)).toMatchObject({ percent: 1 });
  });

  it('is changed by one of many who have seen the same, and by all who name no version', async () => {
    const { name, flag } = await made();
    const shares = Array.from({ length: 10 }, (_, i) => i + 1);
    const guarded = await Promise.all(
      shares.map((percent) =>
        used.store.changeFlag({ ...name, change: { percent }, version: flag.version, by: `p${percent}` }),
      ),
    );
    expect(guarded.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
    expect(guarded.filter(({ kind }) => kind === 'stale')).toHaveLength(9);
    const free = await Promise.all(
      shares.map((percent) => used.store.changeFlag({ ...name, change: { percent: percent + 50 }, by: 'x' })),
    );
    const versions = free.flatMap((each) => (each.kind === 'changed' ? [each.flag.version] : []));
    expect(new Set(versions).size).toBe(10);
  });

  it('whose parts would not go together is left as it is', async () => {
    const { name, flag } = await made();
    const answer = await used.store.changeFlag({ ...name, change: { defaultVariant: 'blue' }, by: 'ann' });
    expect(answer).toMatchObject({ kind: 'wrong', flag: { defaultVariant: 'blue' } });
    expect(await used.store.flag(name)).toEqual(flag);
  });

  it('that was deleted is gone, is made anew, and never has a version again that it had', async () => {
    const { name, flag } = await made({ percent: 5 });
    expect(await used.store.deleteFlag({ ...name, by: 'bob', reason: 'done' })).toMatchObject({ kind: 'changed' });
    expect(await used.store.flag(name)).toBeUndefined();
    expect(await used.store.changeFlag({ ...name, change: { percent: 9 }, by: 'eve' })).toEqual({ kind: 'none' });
    expect(await used.store.deleteFlag({ ...name, by: 'eve' })).toEqual({ kind: 'none' });
    const { version: gone } = await used.store.flagMarks();
    const again = await used.store.createFlag(plainFlag(name.environment, name.key), { by: 'ann' });
    expect(again).toMatchObject({ percent: 100, createdBy: 'ann' });
    expect(again!.version).toBeGreaterThan(gone);
    expect(gone).toBeGreaterThan(flag.version);
  });

  it('is an environment’s: the same key elsewhere is another', async () => {
    const { name } = await made({ percent: 5 });
    const { key } = name;
    await used.store.createFlag(plainFlag('staging', key), { by: 'ann' });
    await used.store.changeFlag({ ...name, change: { percent: 50 }, by: 'ann' });
    const rows = await used.store.flags({ key });
    expect(rows.map(({ environment, percent }) => [environment, percent])).toEqual([
      ['production', 50],
      ['staging', 100],
    ]);
    expect(await used.store.flags({ key, environments: ['staging'] })).toHaveLength(1);
    expect(await used.store.flags({ key, environments: [] })).toEqual([]);
  });
});
