import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature, type Client } from '@openfeature/server-sdk';
import { createTokens, type TokenRole } from '../../src/control/tokens';
import { plainFlag, type Flag } from '../../src/domain/flags';
import { ADMIN, TestApi, type Call } from '../support/api';
import type { Store } from '../../src/store';
import { Belay } from '../support/belay';

const PATH = '/ofrep/v1/evaluate/flags';
let belay: Belay;
let api: TestApi;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  api = await TestApi.open(belay);
});
afterAll(async () => {
  await OpenFeature.close();
  await api.close();
  await belay.shut();
});

let made = 0;
/** A token for one environment, which is a test's own. */
async function token(role: TokenRole = 'evaluator', environments = [`e${++made}`]) {
  const order = { name: `t${++made}`, role, by: 'ann', environments };
  const { secret } = await createTokens(belay.store).create(order);
  return { secret, name: order.name, environment: environments[0]! };
}

/** Makes a flag as another process would: past this API. */
async function flag(environment: string, key: string, change: Partial<Flag> = {}) {
  const row = await belay.store.createFlag({ ...plainFlag(environment, key), enabled: true, ...change }, { by: 'ann' });
  return row!;
}

const ask = (secret: string, path: string, context: object = {}, rest: Partial<Call> = {}) =>
  api.post(`${PATH}${path}`, { token: secret, body: { context }, ...rest });

/** Asks until the answer is as wanted: what another process changed is seen a moment later. */
async function until<T>(look: () => Promise<T>, wanted: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const found = await look();
    if (wanted(found)) return found;
    if (tries > 500) throw new Error(`it stays ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The store, that tells first what it is asked for. */
function watched(tell: (name: string) => void): Store {
  const told = Object.entries(belay.store).map(([name, work]: [string, unknown]) => {
    if (typeof work !== 'function') return [name, work];
    const ask = work as (...given: unknown[]) => unknown;
    return [
      name,
      async (...given: unknown[]) => {
        tell(name);
        return ask(...given);
      },
    ];
  });
  return Object.fromEntries(told) as Store;
}

describe('an OpenFeature client', () => {
  let client: Client;
  let environment: string;
  beforeAll(async () => {
    const made = await token();
    environment = made.environment;
    const provider = new OFREPProvider({ baseUrl: api.url, headers: [['authorization', `Bearer ${made.secret}`]] });
    await OpenFeature.setProviderAndWait('belay', provider);
    client = OpenFeature.getClient('belay');
    const variants = (a: Flag['offValue'], b: Flag['offValue']) => [
      { name: 'a', value: a },
      { name: 'b', value: b },
    ];
    const rules = [{ all: [{ attribute: 'plan', test: 'equals' as const, value: 'pro' }], any: [], variant: 'b' }];
    await flag(environment, 'switch');
    await flag(environment, 'share', { percent: 50 });
    await flag(environment, 'stopped', { enabled: false });
    const typed = { defaultVariant: 'a', rules };
    await flag(environment, 'text', { ...typed, variants: variants('x', 'y'), offValue: 'z' });
    await flag(environment, 'number', { ...typed, variants: variants(1.5, 2), offValue: 0 });
    await flag(environment, 'object', { ...typed, variants: variants({ a: [1, 'x'] }, { b: null }), offValue: {} });
    await until(
      () => client.getBooleanDetails('switch', false),
      ({ errorCode }) => errorCode === undefined,
    );
    await until(
      () => client.getObjectDetails('object', {}),
      ({ errorCode }) => errorCode === undefined,
    );
  });

  it('gets values of every type, with variant, reason and metadata', async () => {
    expect(await client.getBooleanDetails('switch', false)).toMatchObject({
      value: true,
      variant: 'on',
      reason: 'STATIC',
      flagMetadata: { environment, version: expect.any(Number) },
    });
    expect(await client.getStringDetails('text', '', { plan: 'pro' })).toMatchObject({
      value: 'y',
      variant: 'b',
      reason: 'TARGETING_MATCH',
    });
    expect(await client.getStringDetails('text', '')).toMatchObject({ value: 'x', variant: 'a', reason: 'DEFAULT' });
    expect(await client.getNumberValue('number', 9)).toBe(1.5);
    expect(await client.getObjectValue('object', {})).toEqual({ a: [1, 'x'] });
    expect(await client.getObjectValue('object', {}, { plan: 'pro' })).toEqual({ b: null });
    expect(await client.getBooleanDetails('stopped', true)).toMatchObject({ value: false, reason: 'DISABLED' });
  });

  it('gets for each user what the command line explains', async () => {
    for (let i = 0; i < 40; i++) {
      const details = await client.getBooleanDetails('share', false, { targetingKey: `user-${i}` });
      const explained = await api.post(`/flags/${environment}/share/evaluate`, {
        token: ADMIN,
        body: { user: `user-${i}` },
      });
      expect(details).toMatchObject({ value: explained.body.value, reason: 'SPLIT', variant: explained.body.variant });
    }
  });

  it('gets its own default value, and why, where there is no answer', async () => {
    expect(await client.getBooleanDetails('nothing', true)).toMatchObject({ value: true, errorCode: 'FLAG_NOT_FOUND' });
    expect(await client.getBooleanDetails('share', true)).toMatchObject({
      value: true,
      errorCode: 'TARGETING_KEY_MISSING',
    });
    expect(await client.getStringDetails('switch', 'no')).toMatchObject({ value: 'no', errorCode: 'TYPE_MISMATCH' });
  });

  it('is held off for as long as it is told when it asks too often', async () => {
    const strict = await TestApi.open(belay, { limits: { evaluations: 1 } });
    const { secret } = await token('evaluator', [environment]);
    const provider = new OFREPProvider({ baseUrl: strict.url, headers: [['authorization', `Bearer ${secret}`]] });
    await OpenFeature.setProviderAndWait('held off', provider);
    const other = OpenFeature.getClient('held off');
    expect(await other.getBooleanValue('switch', false)).toBe(true);
    expect((await other.getBooleanDetails('switch', false)).errorMessage).toContain('rate limit');
    expect((await other.getBooleanDetails('switch', false)).errorMessage).toContain('paused due to TooManyRequests');
    await strict.close();
  });
});

describe('all flags at once', () => {
  it('are answered with an ETag, and 304 while nothing differs for whoever asks', async () => {
    const { secret, environment } = await token();
    const { key } = await flag(environment, 'a', { percent: 50 });
    await flag(environment, 'b');
    await flag('elsewhere', 'c');
    const first = await until(
      () => ask(secret, '', { targetingKey: 'ann' }),
      ({ body }) => body.flags.length === 2,
    );
    expect(first.body.flags).toMatchObject([
      { key: 'a', reason: 'SPLIT' },
      { key: 'b', value: true },
    ]);
    const etag = first.headers.get('etag')!;
    const again = (targetingKey: string, given = etag) =>
      ask(secret, '', { targetingKey }, { headers: { 'if-none-match': given } });
    expect(await again('ann')).toMatchObject({ status: 304, body: '' });
    expect((await again('ann', `"other", W/${etag}`)).status).toBe(304);
    expect((await again('ann', '"other"')).status).toBe(200);
    await belay.store.changeFlag({ environment, key, change: { percent: 60 }, by: 'bob' });
    const later = await until(
      () => again('ann'),
      ({ status }) => status === 200,
    );
    expect(later.headers.get('etag')).not.toBe(etag);
  });

  it('say of each that depends on who asks that nobody is named', async () => {
    const { secret, environment } = await token();
    await flag(environment, 'a', { percent: 50 });
    await flag(environment, 'b');
    const { body } = await until(
      () => ask(secret, ''),
      (answer) => answer.body.flags.length === 2,
    );
    expect(body.flags).toEqual([
      { key: 'a', errorCode: 'TARGETING_KEY_MISSING', errorDetails: expect.stringContaining('targetingKey') },
      expect.objectContaining({ key: 'b', value: true }),
    ]);
  });
});

describe('what is asked wrongly', () => {
  it.each<[string, string, unknown, number, string]>([
    ['no flag', '/nothing', { context: {} }, 404, 'FLAG_NOT_FOUND'],
    ['a key that none can have', '/a%2Fb%20c', {}, 404, 'FLAG_NOT_FOUND'],
    ['no JSON', '/a', '{"context":', 400, 'PARSE_ERROR'],
    ['no map', '/a', [], 400, 'INVALID_CONTEXT'],
    ['a context that is a text', '/a', { context: 'ann' }, 400, 'INVALID_CONTEXT'],
    ['a user who is a number', '/a', { context: { targetingKey: 7 } }, 400, 'INVALID_CONTEXT'],
    ['no user', '/a', { context: {} }, 400, 'TARGETING_KEY_MISSING'],
    ['no body', '/a', undefined, 400, 'TARGETING_KEY_MISSING'],
    ['of all, a context that is a list', '', { context: [] }, 400, 'INVALID_CONTEXT'],
  ])('%s: told in the words of the protocol', async (_, path, body, status, errorCode) => {
    const { secret, environment } = await token();
    await flag(environment, 'a', { percent: 50 });
    const answer = await until(
      () => api.post(`${PATH}${path}`, { token: secret, body }),
      (each) => path !== '/a' || each.status !== 404,
    );
    expect(answer).toMatchObject({ status, body: { errorCode, errorDetails: expect.any(String) } });
    if (path !== '') expect(answer.body.key).toBe(decodeURIComponent(path.slice(1)));
  });
});

describe('the environment', () => {
  it('is the token’s, where it holds for one; else the header names it', async () => {
    const { secret, environment } = await token('viewer', ['one', 'two']);
    expect(environment).toBe('one');
    expect((await ask(secret, '')).body).toMatchObject({
      errorCode: 'GENERAL',
      error: { code: 'environment_missing' },
    });
    const named = (name: string) => ask(secret, '', {}, { headers: { 'x-belay-environment': name } });
    expect((await named('two')).status).toBe(200);
    expect((await named('three')).status).toBe(403);
    expect((await named('no name')).status).toBe(400);
    expect((await ask(ADMIN, '')).status).toBe(400);
    expect((await ask(ADMIN, '', {}, { headers: { 'x-belay-environment': 'three' } })).body).toEqual({ flags: [] });
  });
});

describe('a token of the role evaluator', () => {
  it('evaluates, and does nothing else', async () => {
    const { secret } = await token();
    expect((await ask(secret, '')).status).toBe(200);
    for (const path of ['/flags', '/overview', '/inventory/instances', '/metrics', '/artifacts']) {
      expect([path, (await api.get(path, { token: secret })).status]).toEqual([path, 403]);
    }
    const instance = { ip: '10.0.0.3', name: 'web-01', labels: {} };
    expect((await api.post('/inventory/register', { body: { instance, token: secret } })).status).toBe(401);
  });

  it('ends when it is revoked: here at once, elsewhere a moment later', async () => {
    const { secret, name } = await token();
    const other = await TestApi.open(belay);
    const there = () => other.post(PATH, { token: secret, body: {} });
    expect([(await ask(secret, '')).status, (await there()).status]).toEqual([200, 200]);
    expect((await api.delete(`/tokens/${name}`, { token: ADMIN })).status).toBe(200);
    expect((await ask(secret, '')).status).toBe(401);
    await until(there, ({ status }) => status === 401);
    await other.close();
  });
});

describe('an API process', () => {
  it('asks the database neither for flags nor for a token at an evaluation', async () => {
    const { secret, environment } = await token();
    await flag(environment, 'a');
    const asked = new Set<string>();
    const store = watched((name) => asked.add(name));
    const counted = await TestApi.open(belay, {}, store);
    const evaluated = () => counted.post(`${PATH}/a`, { token: secret, body: {} });
    // The first one finds out who asks.
    await evaluated();
    asked.clear();
    for (let i = 0; i < 300; i++) expect((await evaluated()).body.value).toBe(true);
    // Of nothing but the mark that says whether anything has changed, by the clock.
    expect([...asked].filter((name) => name !== 'flagMarks')).toEqual([]);
    await counted.close();
  });

  it('sees at once what is changed through it, and a moment later what is changed elsewhere', async () => {
    const { secret, environment } = await token();
    const other = await TestApi.open(belay);
    const [here, there] = [api, other].map((each) => async () => {
      const { body } = await each.post(`${PATH}/a`, { token: secret, body: {} });
      return (body.value ?? body.errorCode) as unknown;
    });
    expect([await here!(), await there!()]).toEqual(['FLAG_NOT_FOUND', 'FLAG_NOT_FOUND']);
    const change = (method: string, path: string, body?: object) => api.call(method, path, { token: ADMIN, body });
    await change('POST', '/flags', { environment, key: 'a', enabled: true });
    expect(await here!()).toBe(true);
    await until(there!, (value) => value === true);
    await change('PATCH', `/flags/${environment}/a`, { enabled: false });
    expect(await here!()).toBe(false);
    await until(there!, (value) => value === false);
    await change('DELETE', `/flags/${environment}/a`);
    expect(await here!()).toBe('FLAG_NOT_FOUND');
    await until(there!, (value) => value === 'FLAG_NOT_FOUND');
    await other.close();
  });

  it('goes on with what it knows while the database is away', async () => {
    const { secret, environment } = await token();
    await flag(environment, 'a');
    let away = false;
    const store = watched(() => {
      if (away) throw new Error('away');
    });
    const cut = await TestApi.open(belay, {}, store);
    const asks = () => cut.post(`${PATH}/a`, { token: secret, body: {} });
    expect((await asks()).body.value).toBe(true);
    away = true;
    expect((await asks()).body.value).toBe(true);
    away = false;
    await belay.store.changeFlag({ environment, key: 'a', change: { enabled: false }, by: 'bob' });
    await until(asks, ({ body }) => body.value === false);
    await cut.close();
  });
});
