import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature, type Client } from '@openfeature/server-sdk';
import { createTokens } from '../../src/control/tokens';
import { evaluate, plainFlag } from '../../src/domain/flags';
import { begin } from '../store/builders';
import { TestApi } from '../support/api';
import { Belay } from '../support/belay';

const PATH = '/ofrep/v1/evaluate/flags';
const USERS = Array.from({ length: 300 }, (_, i) => `user-${i}`);
/** Of the tests' deployments. */
const environment = 'test';

let belay: Belay;
let api: TestApi;
let client: Client;
let token: string;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  api = await TestApi.open(belay);
  const order = { name: 'shop', role: 'evaluator' as const, by: 'ann', environments: [environment] };
  token = (await createTokens(belay.store).create(order)).secret;
  const provider = new OFREPProvider({ baseUrl: api.url, headers: [['authorization', `Bearer ${token}`]] });
  await OpenFeature.setProviderAndWait('deployed', provider);
  client = OpenFeature.getClient('deployed');
});
afterAll(async () => {
  await OpenFeature.close();
  await api.close();
  await belay.shut();
});

/** Once the server tells this version of it: what a worker changes is seen a moment later. */
async function told(key: string): Promise<void> {
  const version = (await belay.store.flag({ environment, key }))!.version;
  for (let tries = 0; ; tries++) {
    const { flagMetadata } = await client.getBooleanDetails(key, false, { targetingKey: 'ann' });
    if (flagMetadata.version === version) return;
    if (tries > 500) throw new Error(`the server stays at ${JSON.stringify(flagMetadata)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function whoIsIn(key: string): Promise<string[]> {
  const answers = await Promise.all(USERS.map((user) => client.getBooleanValue(key, false, { targetingKey: user })));
  return USERS.filter((_, i) => answers[i]);
}

const all = (targetingKey: string, etag = '"none"') =>
  api.post(PATH, { token, body: { context: { targetingKey } }, headers: { 'if-none-match': etag } });

it('a client keeps each user in while a deployment turns a feature on, and hears of each step by the ETag', async () => {
  const key = 'new_ui';
  await belay.store.createFlag({ ...plainFlag(environment, key), users: ['user-7'] }, { by: 'ann' });
  const { generation } = await begin(belay.store);
  await told(key);
  expect(await whoIsIn(key)).toEqual([]);

  let before: string[] = [];
  for (const [number, percent] of [10, 25, 50, 100].entries()) {
    const etag = (await all('ann')).headers.get('etag')!;
    expect((await all('ann', etag)).status).toBe(304);
    const flags = [{ feature: key, percent }];
    expect(await belay.store.setFlags({ generation, number, flags })).toBeUndefined();
    await told(key);
    const changed = await all('ann', etag);
    expect(changed).toMatchObject({ status: 200, body: { flags: [{ key }] } });
    expect(changed.headers.get('etag')).not.toBe(etag);
    // A worker that does it once more changes nothing that anybody would have to be told of.
    await belay.store.setFlags({ generation, number, flags });
    expect((await all('ann', changed.headers.get('etag')!)).status).toBe(304);

    const now = await whoIsIn(key);
    expect(before.filter((user) => !now.includes(user))).toEqual([]);
    expect(now).toContain('user-7');
    expect(Math.abs((100 * now.length) / USERS.length - percent)).toBeLessThan(8);
    const flag = (await belay.store.flag({ environment, key }))!;
    expect(now).toEqual(USERS.filter((targetingKey) => isOn(flag, targetingKey)));
    before = now;
  }
  expect(before).toEqual(USERS);

  expect(await belay.store.restoreFlags({ generation, number: 9 })).toBeUndefined();
  await told(key);
  expect(await whoIsIn(key)).toEqual([]);
});

function isOn(flag: Parameters<typeof evaluate>[0], targetingKey: string): boolean {
  const answer = evaluate(flag, { targetingKey });
  return answer.ok && answer.value === true;
}

it('what a deployment takes back of one feature leaves another to those who have it', async () => {
  const [kept, violating] = ['kept', 'violating'];
  for (const key of [kept, violating]) await belay.store.createFlag(plainFlag(environment, key), { by: 'ann' });
  const { generation } = await begin(belay.store);
  const flags = [kept, violating].map((feature) => ({ feature, percent: 25 }));
  await belay.store.setFlags({ generation, number: 1, flags });
  await told(violating);
  const [had, others] = [await whoIsIn(kept), await whoIsIn(violating)];
  expect([had.length > 0, others.length > 0]).toEqual([true, true]);
  expect(had).not.toEqual(others);
  await belay.store.restoreFlags({ generation, number: 2, features: [violating] });
  await told(violating);
  expect([await whoIsIn(kept), await whoIsIn(violating)]).toEqual([had, []]);
});
