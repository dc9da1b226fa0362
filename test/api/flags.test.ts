import { createTokens } from '../../src/control/tokens';
import { ADMIN, TestApi, type Call } from '../support/api';
import { Belay } from '../support/belay';

let belay: Belay;
let api: TestApi;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  api = await TestApi.open(belay);
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

let made = 0;
const ask = (method: string, path: string, body?: unknown, rest: Partial<Call> = {}) =>
  api.call(method, path, { token: ADMIN, body, ...rest });

/** A flag of production, and its path. */
async function flag(more: object = {}) {
  const key = `flag_${++made}`;
  const answer = await ask('POST', '/flags', { environment: 'production', key, ...more });
  return { key, path: `/flags/production/${key}`, answer, etag: answer.headers.get('etag') ?? '' };
}

describe('a flag', () => {
  it('is made as it is without further words', async () => {
    const { key, path, answer } = await flag();
    expect([answer.status, answer.body]).toEqual([
      201,
      {
        environment: 'production',
        key,
        description: '',
        enabled: false,
        percent: 100,
        variants: [{ name: 'on', value: true }],
        default_variant: 'on',
        off_value: false,
        users: [],
        rules: [],
        version: expect.any(Number),
        created_at: expect.any(String),
        created_by: 'dev',
        changed_at: expect.any(String),
        changed_by: 'dev',
      },
    ]);
    const { status, body, headers } = await ask('GET', path);
    expect([status, headers.get('etag')]).toEqual([200, `"${answer.body.version}"`]);
    expect(body.history).toMatchObject([{ type: 'flag_created', by: 'dev' }]);
    expect((await ask('POST', '/flags', { environment: 'production', key })).status).toBe(409);
    expect((await ask('GET', '/flags/production/flag_x')).body.error.code).toBe('not_found');
    expect((await ask('GET', `/flags/staging/${key}`)).body.error.hints).toEqual(['there is one in production']);
  });

  it('keeps values as they were sent: a number is no text, and 1.10 is the number', async () => {
    const variants = [
      { name: 'b', value: { price: 1.1, tags: ['1.10', true, null] }, weight: 1 },
      { name: 'a', value: { price: 2e3 } },
    ];
    const { path } = await flag({
      variants,
      off_value: {},
      rules: [{ any: [{ attribute: 'n', in: [1, '1', false] }] }],
    });
    const { body } = await ask('GET', path);
    expect(body).toMatchObject({ variants, default_variant: 'b', off_value: {} });
    expect(body.rules).toEqual([{ any: [{ attribute: 'n', in: [1, '1', false] }] }]);
  });

  it.each<[string, object, string]>([
    ['a percent above 100', { percent: 101 }, 'percent is 101; write a percent from 0 to 100'],
    ['a fourth decimal', { percent: 0.0001 }, 'percent is 0.0001'],
    ['a percent that is a text', { percent: '10' }, 'percent is 10; write a percent'],
    ['a slip in a key', { percnt: 10 }, 'unknown key "percnt"; did you mean "percent"?'],
    ['a slip in a comparison', { rules: [{ all: [{ attribute: 'a', equal: 1 }] }] }, 'did you mean "equals"?'],
    ['no comparison', { rules: [{ all: [{ attribute: 'a' }] }] }, 'has no comparison'],
    ['two comparisons', { rules: [{ all: [{ attribute: 'a', in: ['b'], equals: 'c' }] }] }, 'has in and equals'],
    ['no version', { rules: [{ all: [{ attribute: 'a', semver_less: 'x' }] }] }, 'write a version like 2.1.0'],
    ['no number', { rules: [{ all: [{ attribute: 'a', greater: 'x' }] }] }, 'write a number'],
    ['a rule about nobody', { rules: [{ percent: 5 }] }, 'write all or any'],
    ['an empty list of conditions', { rules: [{ all: [] }] }, 'is an empty list'],
    ['values of two types', { variants: [{ name: 'a', value: 'x' }] }, 'all values of a flag are of one type'],
    ['a variant called off', { variants: [{ name: 'off', value: true }] }, "stands for whoever isn't in"],
    ['an unknown variant', { default_variant: 'onn' }, 'did you mean "on"?'],
    ['a key with a slash', { key: 'a/b' }, 'write the name of the flag'],
  ])('with %s is refused (422)', async (_, more, words) => {
    const { status, body } = await ask('POST', '/flags', { environment: 'production', key: 'refused', ...more });
    expect([status, JSON.stringify(body.error).replaceAll('\\"', '"')]).toEqual([422, expect.stringContaining(words)]);
    expect((await ask('GET', '/flags/production/refused')).status).toBe(404);
  });

  it('is changed in what is sent', async () => {
    const { path } = await flag({ users: ['ann'] });
    const changed = await ask('PATCH', path, { enabled: true, percent: 12.5, reason: 'first ones' });
    expect(changed.body).toMatchObject({ enabled: true, percent: 12.5, users: ['ann'], unchanged: false });
    const again = await ask('PATCH', path, { enabled: true, percent: 12.5 });
    expect(again.body).toEqual({ ...changed.body, unchanged: true });
    expect((await ask('GET', path)).body.history).toMatchObject([
      { type: 'flag_changed', by: 'dev', reason: 'enabled, percent 100 → 12.5: first ones' },
      { type: 'flag_created' },
    ]);
  });

  it('is not overwritten by whoever has not seen what is there', async () => {
    const { path, etag } = await flag();
    const change = (percent: number) => ask('PATCH', path, { percent }, { headers: { 'if-match': etag } });
    const [one, other] = await Promise.all([change(10), change(20)]);
    expect([one.status, other.status].sort()).toEqual([200, 412]);
    const refused = one.status === 412 ? one : other;
    expect(refused.body.error).toMatchObject({ code: 'stale', message: expect.stringContaining('dev changed it at') });
    expect((await ask('DELETE', path, undefined, { headers: { 'if-match': etag } })).status).toBe(412);
    for (const lists of [{ users: ['bob'] }, { rules: [] }, { variants: [{ name: 'on', value: true }] }]) {
      const { status, body } = await ask('PATCH', path, lists);
      expect([status, body.error.code]).toEqual([428, 'version_needed']);
    }
    const { headers } = await ask('GET', path);
    const seen = { 'if-match': headers.get('etag')! };
    expect((await ask('PATCH', path, { users: ['bob'] }, { headers: seen })).body.users).toEqual(['bob']);
    expect((await ask('PATCH', path, { percent: 1 }, { headers: { 'if-match': 'seven' } })).status).toBe(422);
  });

  it('is deleted, and may be made anew', async () => {
    const { key, path } = await flag();
    expect((await ask('DELETE', `${path}?reason=done`)).body).toEqual({
      environment: 'production',
      key,
      deleted: true,
    });
    expect((await ask('DELETE', path)).status).toBe(404);
    expect((await ask('POST', '/flags', { environment: 'production', key })).status).toBe(201);
  });

  it('tells what a user gets, and why', async () => {
    const rules = [{ name: 'payers', all: [{ attribute: 'plan', equals: 'pro' }] }];
    const { key, path } = await flag({ enabled: true, percent: 0, rules });
    const { body } = await ask('POST', `${path}/evaluate`, { user: 'ann', attributes: { plan: 'pro' } });
    expect(body).toMatchObject({ key, value: true, variant: 'on', reason: 'TARGETING_MATCH' });
    expect(body.explanation).toEqual([
      'Rule 1 (payers) matches: plan equals "pro".',
      'All of these are in (100%).',
      'The answer is on (true).',
    ]);
    await ask('PATCH', path, { percent: 50 });
    expect((await ask('POST', `${path}/evaluate`)).body).toMatchObject({ value: null, error: 'TARGETING_KEY_MISSING' });
  });
});

describe('a token', () => {
  it('for one environment sees and changes the flags of that one only', async () => {
    const tokens = createTokens(belay.store);
    const { secret: token } = await tokens.create({
      name: 'staging',
      role: 'operator',
      by: 'ann',
      environments: ['staging'],
    });
    const { path } = await flag();
    await ask('POST', '/flags', { environment: 'staging', key: 'mine' }, { token });
    expect((await ask('GET', '/flags', undefined, { token })).body.flags).toMatchObject([{ key: 'mine' }]);
    expect((await ask('GET', '/flags?environment=production', undefined, { token })).body.flags).toEqual([]);
    for (const [method, to, body] of [
      ['GET', path],
      ['PATCH', path, { percent: 1 }],
      ['DELETE', path],
      ['POST', `${path}/evaluate`, {}],
      ['POST', '/flags', { environment: 'production', key: 'theirs' }],
    ] as const) {
      expect([method, (await ask(method, to, body, { token })).status]).toEqual([method, 403]);
    }
    expect((await ask('PATCH', '/flags/staging/mine', { percent: 1 }, { token })).body.changed_by).toBe('staging');
  });

  it('for one service looks at flags, and changes none: they are of no service', async () => {
    const order = { name: 'web', role: 'operator' as const, by: 'ann', services: ['web'] };
    const { secret: token } = await createTokens(belay.store).create(order);
    const { path } = await flag();
    expect((await ask('GET', path, undefined, { token })).status).toBe(200);
    expect((await ask('PATCH', path, { percent: 1 }, { token })).status).toBe(403);
  });
});
