import { Client } from 'pg';
import { begin, draw, requested, spec, taken, useStore } from './builders';

const used = useStore();

/** As if that request were from many days ago. */
async function age(requestId: string, days: number): Promise<void> {
  const client = new Client({ connectionString: used.database.url });
  await client.connect();
  await client.query('update requests set created_at = now() - make_interval(days => $2) where id = $1', [
    requestId,
    days,
  ]);
  await client.end();
}

const isThere = async (requestId: string) => (await used.store.request(requestId)) !== undefined;

describe('requests that never began', () => {
  it('are forgotten after a while, with what was drawn for them; others stay', async () => {
    const { store } = used;
    const begun = await begin(store);
    const refused = await draw(store);
    const never = await store.createRequest({ kind: 'deploy', spec: spec('web'), actor: 'ann' }, requested(['a']));
    const young = await store.createRequest({ kind: 'deploy', spec: spec('web'), actor: 'ann' }, requested(['a']));
    // Its worker was lost before it was begun or given up.
    const halfway = await draw(store);
    await store.takeSnapshot(halfway.generation, taken(requested(['a', 'b', 'c'])));
    for (const id of [begun.requestId, refused.requestId, never, halfway.requestId]) await age(id, 31);
    await age(young, 29);

    expect(await store.forgetRefused()).toBe(2);
    const there = [begun.requestId, refused.requestId, never, young, halfway.requestId].map(isThere);
    expect(await Promise.all(there)).toEqual([true, false, false, true, true]);
    expect(await store.requestedMembers(never)).toEqual([]);
    expect(await store.forgetRefused()).toBe(0);
    // What is drawn from now on is higher all the same.
    expect((await draw(store)).generation).toBeGreaterThan(halfway.generation);
  });

  it('are forgotten a limited number at a time', async () => {
    const { store } = used;
    for (let n = 0; n < 3; n++) await age((await draw(store)).requestId, 40);
    expect(await store.forgetRefused(2)).toBe(2);
    expect(await store.forgetRefused(2)).toBe(1);
  });
});
