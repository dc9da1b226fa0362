import type { Limits } from '../../src/api/types';
import { createTokens } from '../../src/control/tokens';
import { ADMIN, REGISTRATION, TestApi, type Answer } from '../support/api';
import { Belay } from '../support/belay';

let belay: Belay;
let open: TestApi[] = [];
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
});
afterEach(async () => {
  await Promise.all(open.map((each) => each.close()));
  open = [];
});
afterAll(() => belay.shut());

async function limited(limits: Partial<Limits>): Promise<TestApi> {
  const api = await TestApi.open(belay, { limits });
  open.push(api);
  return api;
}

let serial = 0;
const GOOD = { code_version: '1.0.0', configuration_version: '1', status: 1 };

async function registered(api: TestApi): Promise<{ name: string; secret: string }> {
  const name = `limited-${serial++}`;
  const instance = { ip: '10.0.0.3', name, labels: { role: 'limited' } };
  const { body } = await api.post('/inventory/register', { body: { instance, token: REGISTRATION } });
  return { name, secret: body.secret };
}

const beat = (api: TestApi, { name, secret }: { name: string; secret: string }, body: object = GOOD) =>
  api.patch(`/inventory/instances/${name}`, { token: secret, body });

async function times(count: number, ask: () => Promise<Answer>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await ask()).status);
  return statuses;
}

function expectRefused(answer: Answer): void {
  expect(answer).toMatchObject({ status: 429, body: { error: { code: 'rate_limited' } } });
  const seconds = Number(answer.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
}

describe('requests are limited', () => {
  it('by token, and another token goes on', async () => {
    const api = await limited({ perToken: 3 });
    const tokens = createTokens(belay.store);
    const [one, other] = [
      await tokens.create({ name: 'one', role: 'viewer', by: 'ann' }),
      await tokens.create({ name: 'other', role: 'viewer', by: 'ann' }),
    ];
    const ask = (token: string) => api.get('/deployments', { token });
    expect(await times(3, () => ask(one.secret))).toEqual([200, 200, 200]);
    expectRefused(await ask(one.secret));
    expect((await ask(other.secret)).status).toBe(200);
  });

  it('by address, whoever asks', async () => {
    const api = await limited({ perAddress: 3 });
    expect(await times(3, () => api.get('/healthz'))).toEqual([200, 200, 200]);
    expectRefused(await api.get('/deployments', { token: ADMIN }));
  });

  it('by address for guesses, and a right token still gets in', async () => {
    const api = await limited({ failures: 3 });
    const guess = () => api.get('/deployments', { token: 'a-guess' });
    expect(await times(3, guess)).toEqual([401, 401, 401]);
    expectRefused(await guess());
    expect((await api.get('/deployments', { token: ADMIN })).status).toBe(200);
  });
});

describe('heartbeats', () => {
  it('of a fleet behind one address are as many as its instances may send', async () => {
    const api = await limited({ perAddress: 12 });
    const fleet = [await registered(api), await registered(api), await registered(api)];
    const statuses: number[] = [];
    for (let round = 0; round < 10; round++) {
      for (const each of fleet) statuses.push((await beat(api, each)).status);
    }
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  it('are limited by instance: one that sends too many does not silence the others', async () => {
    const api = await limited({ perToken: 5 });
    const [loud, quiet] = [await registered(api), await registered(api)];
    const statuses = await times(8, () => beat(api, loud));
    expect(statuses.slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
    expectRefused(await beat(api, loud));
    expect((await beat(api, quiet)).status).toBe(200);
  });

  it('with a wrong secret count against the address, and never against the instance whose name they bear', async () => {
    const api = await limited({ perToken: 5, failures: 3, perAddress: 15 });
    const victim = await registered(api);
    expect((await beat(api, victim)).status).toBe(200);
    const lie = () => beat(api, { ...victim, secret: 'a-guess' });
    const statuses = await times(13, lie);
    expect(statuses).toEqual([401, 401, 401, ...Array<number>(10).fill(429)]);
    expectRefused(await lie());
    expectRefused(await api.get('/healthz'));
    expect((await beat(api, victim)).status).toBe(200);
  });

  it('with a wrong secret hold nobody up: the right one goes with the very next ones that are written', async () => {
    let [calls, release] = [0, () => {}];
    const gate = new Promise<void>((resolve) => (release = resolve));
    let isHeld = false;
    const hear: typeof belay.store.hear = async (beats) => {
      if (isHeld && ++calls === 1) await gate;
      return belay.store.hear(beats);
    };
    const api = await TestApi.open(belay, { limits: { failures: 10_000 } }, { ...belay.store, hear });
    open.push(api);
    const [known, stranger, other] = [await registered(api), await registered(api), await registered(api)];
    expect((await beat(api, known)).status).toBe(200);
    isHeld = true;
    let arrived = 0;
    api.app.server.on('request', () => arrived++);
    const first = beat(api, other);
    const guesses = [known, stranger].flatMap((each) =>
      Array.from({ length: 60 }, (_, i) => beat(api, { ...each, secret: `a-guess-${i % 20}` })),
    );
    const mine = [beat(api, known), beat(api, stranger)];
    while (arrived < 1 + guesses.length + mine.length) await new Promise((resolve) => setTimeout(resolve, 50));
    // All are read, and wait: what is let go now writes each of them once, and the right ones first.
    await new Promise((resolve) => setTimeout(resolve, 500));
    release();
    expect((await Promise.all(mine)).map(({ status }) => status)).toEqual([200, 200]);
    expect(calls).toBeLessThanOrEqual(6);
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 401 && status !== 429)).toEqual([]);
    expect((await first).status).toBe(200);
  });

  it('that say nonsense count against the address until one was right', async () => {
    const api = await limited({ perAddress: 4 });
    const one = await registered(api);
    expect(await times(3, () => beat(api, one, { status: 9 }))).toEqual([422, 422, 422]);
    expectRefused(await beat(api, one));
  });

  it('are strangers again once their secret is no longer right', async () => {
    const api = await limited({ perAddress: 6, failures: 100 });
    const one = await registered(api);
    expect((await beat(api, one)).status).toBe(200);
    const again = await api.post('/inventory/register', {
      token: one.secret,
      body: { instance: { ip: '10.0.0.3', name: one.name, labels: { role: 'limited' } }, token: REGISTRATION },
    });
    expect(again.status).toBe(200);
    // The first is let through by what was right before; it isn't, and the rest are anybody's.
    expect(await times(4, () => beat(api, one))).toEqual([401, 401, 401, 401]);
    expectRefused(await beat(api, one));
  });
});
