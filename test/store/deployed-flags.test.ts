import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { plainFlag, type Flag } from '../../src/domain/flags';
import { connect } from '../../src/store/open';
import { begin, requested, spec, statusDocument, useStore, type Begun } from './builders';

const used = useStore();
let count = 0;

/** A flag of the environment that the tests' deployments are of. */
async function made(change: Partial<Flag> = {}) {
  const key = `f${++count}`;
  const flag = await used.store.createFlag({ ...plainFlag('test', key), ...change }, { by: 'eve' });
  return { ...flag!, name: { environment: 'test', key } };
}

const look = async (key: string) => {
  const { enabled, percent, users } = (await used.store.flag({ environment: 'test', key }))!;
  return { enabled, percent, users };
};
const events = (key: string) => used.store.flagEvents({ environment: 'test', key }, 20);
const reasons = async (key: string) => (await events(key)).map(({ by, reason }) => `${by}: ${reason}`);
const set = ({ generation }: Begun, number: number, key: string, percent: number | 'off') =>
  used.store.setFlags({ generation, number, flags: [{ feature: key, percent }] });
const restore = ({ generation }: Begun, number: number, features?: string[]) =>
  used.store.restoreFlags({ generation, number, ...(features && { features }) });
const idOf = ({ service, generation }: Begun) => `test/${service}/${generation}`;

async function end({ generation, service }: Begun): Promise<void> {
  const document = statusDocument(generation, service, { status: 'succeeded', ended_at: new Date().toISOString() });
  await used.store.end(document);
}

/** A deployment of its own that undoes another. */
async function undo({ service, generation: rollbackOf }: Begun): Promise<Begun> {
  const { store } = used;
  const request = { kind: 'rollback' as const, spec: spec(service), actor: 'bob', rollbackOf };
  const requestId = await store.createRequest(request, requested([]));
  const workflowId = `deploy/test/${service}`;
  const generation = await store.drawFor({ requestId, workflowId, runId: randomUUID() });
  const document = statusDocument(generation, service, { rollback_of: rollbackOf });
  await store.createDeployment({ generation, requestId, workflowId, runId: 'run', document, answer: {} });
  return { generation, service, requestId };
}

describe('a deployment that sets flags', () => {
  it('turns them on for a share, with who and which deployment in their log, and puts them back as they were', async () => {
    const { key } = await made({ percent: 10, users: ['ann'] });
    const deployment = await begin(used.store, { actor: 'bob' });
    expect(await set(deployment, 1, key, 5)).toBeUndefined();
    expect(await look(key)).toEqual({ enabled: true, percent: 5, users: ['ann'] });
    expect(await set(deployment, 2, key, 25)).toBeUndefined();
    expect(await used.store.enabledFeatures(deployment.generation)).toEqual({ [key]: 25 });
    expect(await restore(deployment, 3)).toBeUndefined();
    expect(await look(key)).toEqual({ enabled: false, percent: 10, users: ['ann'] });
    expect(await used.store.enabledFeatures(deployment.generation)).toEqual({});
    const steps = await used.store.flagSteps(deployment.generation);
    expect(steps.map(({ feature, percent }) => [feature, percent])).toEqual([0, 5, 25, 0].map((each) => [key, each]));
    const id = idOf(deployment);
    expect(await reasons(key)).toEqual([
      `bob: disabled, percent 25 → 10: put back by ${id}`,
      `bob: percent 5 → 25: set by ${id}`,
      `bob: enabled, percent 10 → 5: set by ${id}`,
      'eve: disabled',
    ]);
    const log = await used.store.events({ generation: deployment.generation });
    expect(log.filter(({ flag }) => flag === key)).toHaveLength(3);
  });

  it('turns one off, and on again when it is put back', async () => {
    const { key } = await made({ enabled: true, percent: 60 });
    const deployment = await begin(used.store);
    await set(deployment, 1, key, 'off');
    expect(await look(key)).toMatchObject({ enabled: false, percent: 60 });
    expect(await used.store.enabledFeatures(deployment.generation)).toEqual({ [key]: 'off' });
    await restore(deployment, 2);
    expect(await look(key)).toMatchObject({ enabled: true, percent: 60 });
  });

  it('puts back those that are named, and leaves the others', async () => {
    const [a, b] = [await made({ percent: 1 }), await made({ percent: 2 })];
    const deployment = await begin(used.store);
    const flags = [a, b].map(({ key }) => ({ feature: key, percent: 50 }));
    await used.store.setFlags({ generation: deployment.generation, number: 1, flags });
    expect(await restore(deployment, 2, [a.key])).toBeUndefined();
    expect([await look(a.key), await look(b.key)]).toMatchObject([{ enabled: false }, { enabled: true, percent: 50 }]);
    expect(await used.store.enabledFeatures(deployment.generation)).toEqual({ [b.key]: 50 });
  });

  it('changes nothing twice, however often and at once it is told', async () => {
    const { key, version } = await made({ percent: 10 });
    const deployment = await begin(used.store);
    const answers = await Promise.all(Array.from({ length: 8 }, () => set(deployment, 1, key, 25)));
    expect(answers).toEqual(Array.from({ length: 8 }, () => undefined));
    expect(await events(key)).toHaveLength(2);
    await used.store.changeFlag({ environment: 'test', key, change: { percent: 30 }, by: 'ann' });
    expect(await set(deployment, 1, key, 25)).toBeUndefined();
    expect(await look(key)).toMatchObject({ percent: 30 });
    await Promise.all(Array.from({ length: 8 }, () => restore(deployment, 2)));
    expect(await events(key)).toHaveLength(4);
    expect((await used.store.flag({ environment: 'test', key }))!.version).toBeGreaterThan(version);
  });

  it('gives the flag no version where it is as asked already', async () => {
    const { key, version } = await made({ enabled: true, percent: 40 });
    const deployment = await begin(used.store);
    await set(deployment, 1, key, 40);
    await restore(deployment, 2);
    expect((await used.store.flag({ environment: 'test', key }))!.version).toBe(version);
    expect(await events(key)).toHaveLength(1);
  });

  it('leaves all as they were where one of them is not there, and says what was meant', async () => {
    const { key } = await made();
    const { key: near } = await made();
    const deployment = await begin(used.store);
    const flags = [key, `${near}x`].map((feature) => ({ feature, percent: 5 }));
    const fault = await used.store.setFlags({ generation: deployment.generation, number: 1, flags });
    expect(fault).toMatch(new RegExp(`^there is no flag ${near}x in test; did you mean`));
    expect(await look(key)).toMatchObject({ enabled: false });
    // What was answered once stands.
    await used.store.createFlag(plainFlag('test', `${near}x`), { by: 'eve' });
    expect(await used.store.setFlags({ generation: deployment.generation, number: 1, flags })).toBe(fault);
    expect(await used.store.setFlags({ generation: deployment.generation, number: 2, flags })).toBeUndefined();
  });

  it('leaves nothing behind of an act that breaks in the middle, and does it whole the next time', async () => {
    const { key } = await made({ percent: 10 });
    const deployment = await begin(used.store);
    const db = connect(used.database.url, 1);
    await sql
      .raw(
        `create function break_here() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;
        create trigger break_here before insert on flag_acts for each row execute function break_here()`,
      )
      .execute(db);
    await expect(set(deployment, 1, key, 25)).rejects.toThrow('broken');
    expect(await look(key)).toMatchObject({ enabled: false, percent: 10 });
    expect(await used.store.enabledFeatures(deployment.generation)).toEqual({});
    expect(await events(key)).toHaveLength(1);
    await sql.raw('drop trigger break_here on flag_acts').execute(db);
    expect(await set(deployment, 1, key, 25)).toBeUndefined();
    expect(await look(key)).toMatchObject({ enabled: true, percent: 25 });
    await expect(sql`update flag_snapshots set before = '{}' where key = ${key}`.execute(db)).rejects.toThrow('never');
    await db.destroy();
  });
});

describe('what people change meanwhile', () => {
  it('stays, when it is something else, and is named', async () => {
    const { key, version } = await made({ percent: 10 });
    const deployment = await begin(used.store);
    await set(deployment, 1, key, 25);
    const now = (await used.store.flag({ environment: 'test', key }))!.version;
    expect(now).toBeGreaterThan(version);
    await used.store.changeFlag({ environment: 'test', key, change: { users: ['zoe'] }, version: now, by: 'ann' });
    await set(deployment, 2, key, 50);
    expect(await look(key)).toEqual({ enabled: true, percent: 50, users: ['zoe'] });
    await restore(deployment, 3);
    expect(await look(key)).toEqual({ enabled: false, percent: 10, users: ['zoe'] });
    expect((await reasons(key))[0]).toMatch(/what was changed meanwhile stays: users \+ zoe$/);
  });

  it('stays, when somebody turned it off for everyone: neither a later share nor the way back turns it on', async () => {
    const { key } = await made({ enabled: true, percent: 10 });
    const deployment = await begin(used.store);
    await set(deployment, 1, key, 25);
    await used.store.changeFlag({ environment: 'test', key, change: { enabled: false }, by: 'ann' });
    expect(await set(deployment, 2, key, 50)).toMatch(
      /^ann disabled f\d+ meanwhile: it stays off; `belay flags enable/,
    );
    await restore(deployment, 3);
    expect(await look(key)).toMatchObject({ enabled: false, percent: 10 });
    expect((await reasons(key))[0]).toMatch(/it stays off, ann disabled it meanwhile/);
  });

  it('is not undone where the flag was deleted or made anew', async () => {
    const [gone, anew] = [await made(), await made({ percent: 10 })];
    const deployment = await begin(used.store);
    const flags = [gone, anew].map(({ key }) => ({ feature: key, percent: 50 }));
    await used.store.setFlags({ generation: deployment.generation, number: 1, flags });
    for (const { name } of [gone, anew]) await used.store.deleteFlag({ ...name, by: 'ann' });
    await used.store.createFlag({ ...plainFlag('test', anew.key), enabled: true, percent: 77 }, { by: 'ann' });
    expect(await restore(deployment, 2)).toBeUndefined();
    expect(await look(anew.key)).toMatchObject({ enabled: true, percent: 77 });
    expect(await events(gone.key)).toMatchObject([{ type: 'flag_left' }, {}, {}, {}]);
    expect(await set(deployment, 3, gone.key, 60)).toMatch(/^there is no flag/);
  });
});

describe('one that comes late', () => {
  it('changes nothing that a later deployment has set', async () => {
    const { key } = await made({ percent: 10 });
    const early = await begin(used.store);
    await set(early, 1, key, 20);
    await end(early);
    const late = await begin(used.store);
    await set(late, 1, key, 30);
    expect(await set(early, 2, key, 90)).toMatch(/has ended/);
    expect(await restore(early, 3)).toMatch(/has ended/);
    const back = await undo(early);
    expect(await restore(back, 1)).toMatch(/was set by a later deployment \(generation \d+\) since/);
    expect(await look(key)).toMatchObject({ enabled: true, percent: 30 });
  });

  it('changes nothing that its own deployment has put back since', async () => {
    const { key } = await made({ percent: 10 });
    const deployment = await begin(used.store);
    await set(deployment, 1, key, 20);
    await restore(deployment, 3);
    expect(await set(deployment, 2, key, 90)).toMatch(/came too late/);
    expect(await look(key)).toMatchObject({ enabled: false, percent: 10 });
  });

  it('is told who has the flag, as is one that began at the same time', async () => {
    const { key } = await made();
    const [one, other] = [await begin(used.store), await begin(used.store)];
    await set(one, 1, key, 20);
    expect(await set(other, 1, key, 30)).toBe(
      `${key} is being set by ${idOf(one)}: it stays as it is until that has ended`,
    );
    const held = await used.store.flagsHeld(other.generation, 'test', [key, 'another']);
    expect(held).toMatchObject([{ key, holder: { id: idOf(one), generation: one.generation } }]);
    expect(await used.store.flagsHeld(one.generation, 'test', [key])).toEqual([]);
    expect(await used.store.flagsHeld(other.generation, 'elsewhere', [key])).toEqual([]);
    await end(one);
    expect(await used.store.flagsHeld(other.generation, 'test', [key])).toEqual([]);
    expect(await set(other, 2, key, 30)).toBeUndefined();
  });
});

describe('a rollback of an ended deployment', () => {
  it('puts back what that one has set; and again, when it is undone itself', async () => {
    const { key } = await made({ percent: 10 });
    const deployment = await begin(used.store);
    await set(deployment, 1, key, 25);
    await end(deployment);
    const lost = await undo(deployment);
    await end(lost);
    const back = await undo(lost);
    expect(await restore(back, 1)).toBeUndefined();
    expect(await look(key)).toMatchObject({ enabled: false, percent: 10 });
    expect(await used.store.enabledFeatures(back.generation)).toEqual({ [key]: 'off' });
    expect((await reasons(key))[0]).toBe(`bob: disabled, percent 25 → 10: put back by ${idOf(back)}`);
    expect(await restore(back, 2)).toBeUndefined();
    expect(await events(key)).toHaveLength(3);
  });
});
