import { ACCESS, isEnough, type Access } from '../../src/api/access';
import { createTokens, type TokenRole } from '../../src/control/tokens';
import { ADMIN, TestApi } from '../support/api';
import { Belay } from '../support/belay';

const ROLES: TokenRole[] = ['viewer', 'operator', 'admin', 'agent', 'evaluator'];
const secrets = new Map<TokenRole, string>();
let belay: Belay;
let api: TestApi;

beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  api = await TestApi.open(belay, { limits: { failures: 1_000 } });
  const tokens = createTokens(belay.store);
  for (const role of ROLES) secrets.set(role, (await tokens.create({ name: role, role, by: 'ann' })).secret);
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

const guarded = Object.entries(ACCESS).filter(([, access]) =>
  ['reader', 'evaluator', 'viewer', 'operator', 'admin'].includes(access),
);

/** Who may, by their role: written down here once more, so that the table can't change unseen. */
const MAY: Record<Access, TokenRole[]> = {
  anyone: ROLES,
  registration: ROLES,
  instance: ROLES,
  reader: ['viewer', 'operator', 'admin'],
  evaluator: ['viewer', 'operator', 'admin', 'evaluator'],
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
};

function pathOf(route: string): string {
  return route
    .split(' ')[1]!
    .replace(':environment', 'nowhere')
    .replace(':service', 'nothing')
    .replace(':generation', '999999')
    .replace(/:\w+/, 'nobody');
}

describe.each(guarded)('%s', (route, access) => {
  const [method = ''] = route.split(' ');

  it.each(ROLES)(`by a token of the role %s, where ${access} is needed`, async (role) => {
    const { status } = await api.call(method, pathOf(route), {
      token: secrets.get(role)!,
      body: method === 'GET' || method === 'HEAD' ? undefined : {},
    });
    if (MAY[access].includes(role)) {
      expect([401, 403]).not.toContain(status);
      expect(status).toBeLessThan(500);
    } else expect(status).toBe(403);
    expect(isEnough(role, access)).toBe(MAY[access].includes(role));
  });

  it('refuses whoever shows no token, a wrong one, or one that looks like another', async () => {
    for (const token of [undefined, 'belay_wrong', `${ADMIN}x`, '']) {
      const answer = await api.call(method, pathOf(route), token === undefined ? {} : { token });
      expect(answer.status).toBe(401);
      if (method !== 'HEAD') expect(answer.body).toMatchObject({ error: { code: 'unauthenticated' } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });
});

describe('the table', () => {
  it('names every route that there is, and no other', () => {
    const routes = Object.keys(ACCESS).filter((route) => !route.includes('/docs'));
    for (const route of routes) {
      const [method, url] = route.split(' ');
      expect([route, api.app.hasRoute({ method: method as 'GET', url: url! })]).toEqual([route, true]);
    }
  });

  it('refuses a route that nobody has thought of', () => {
    expect(() => api.app.get('/secrets', () => 'all of them')).toThrow();
  });
});

describe('a token', () => {
  it('ends when it is revoked, at once, and when it has expired', async () => {
    const tokens = createTokens(belay.store);
    const { secret } = await tokens.create({ name: 'short', role: 'viewer', by: 'ann' });
    expect((await api.get('/inventory/instances', { token: secret })).status).toBe(200);
    await tokens.revoke('short', 'ann');
    expect((await api.get('/inventory/instances', { token: secret })).body.error.message).toBe(
      'The token was revoked.',
    );
    const old = await tokens.create({ name: 'short', role: 'viewer', by: 'ann', expiresAt: new Date(0) });
    expect((await api.get('/inventory/instances', { token: old.secret })).body.error.message).toBe(
      'The token has expired.',
    );
    await expect(tokens.create({ name: 'short', role: 'viewer', by: 'ann' })).rejects.toThrow(
      'there is a token short already',
    );
    await expect(tokens.revoke('shorr', 'ann')).rejects.toThrow('no token shorr is in force');
    const events = (await belay.store.events({})).filter(({ type }) => type.startsWith('token_'));
    expect(events.slice(-3)).toMatchObject([
      { type: 'token_created', by: 'ann', reason: 'short (viewer)' },
      { type: 'token_revoked', by: 'ann', reason: 'short' },
      { type: 'token_created', by: 'ann' },
    ]);
  });

  it('is nowhere in the database', async () => {
    const { secret } = await createTokens(belay.store).create({ name: 'hidden', role: 'viewer', by: 'ann' });
    expect(JSON.stringify(await belay.store.tokens())).not.toContain(secret);
  });

  it('that holds for some services or environments decides about no other instance', async () => {
    const tokens = createTokens(belay.store);
    const { secret } = await tokens.create({ name: 'staging', role: 'admin', by: 'ann', environments: ['staging'] });
    expect((await api.post('/inventory/instances/web-01/exclude', { token: secret })).status).toBe(403);
  });

  it('is slowed down when it is wrong again and again', async () => {
    const strict = await TestApi.open(belay, { limits: { failures: 2 } });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await strict.get('/inventory/instances', { token: 'guess' })).status);
    expect(statuses).toEqual([401, 401, 429]);
    expect((await strict.get('/inventory/instances', { token: ADMIN })).status).toBe(200);
    await strict.close();
  });
});
