import type { StreamSettings } from '../../src/api/types';
import { createTokens } from '../../src/control/tokens';
import { ADMIN, TestApi } from '../support/api';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
let belay: Belay;
let open: TestApi[] = [];
let path: string;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  await belay.work();
  const approvals = [{ beforeBatch: 1, onTimeout: 'pause' as const }];
  const { id } = await belay.control.start(simulatedOrder(folder.path, uniqueService(), ['a'], { approvals }));
  await belay.until(id, ({ status }) => status === 'awaiting_approval');
  path = `/deployments/${id}/stream`;
});
afterEach(async () => {
  await Promise.all(open.map((each) => each.close()));
  open = [];
});
afterAll(() => belay.shut());

async function opened(streams: Partial<StreamSettings>, store = belay.store): Promise<TestApi> {
  const api = await TestApi.open(belay, { streams }, store);
  open.push(api);
  return api;
}

let tokens = 0;
async function viewer(expiresAt?: Date) {
  const order = { name: `reader-${++tokens}`, role: 'viewer' as const, by: 'ann' };
  return createTokens(belay.store).create({ ...order, ...(expiresAt === undefined ? {} : { expiresAt }) });
}

/** One that reads, until it leaves or is told no more. */
async function follow(api: TestApi, token: string) {
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${api.url}${path}`, { headers, signal: leaving.signal });
  return { status: answer.status, text: () => answer.text(), leave: () => leaving.abort() };
}

/** Asked until it is so: that somebody left is known when their connection has ended. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

it('a reader who leaves before the first word takes nobody’s place', async () => {
  let [asked, answer] = [() => {}, () => {}];
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  const mayAnswer = new Promise<void>((resolve) => (answer = resolve));
  const deployment: typeof belay.store.deployment = async (generation) => {
    asked();
    await mayAnswer;
    return belay.store.deployment(generation);
  };
  const api = await opened({ most: 1 }, { ...belay.store, deployment });
  const gone = new Promise<void>((resolve) =>
    api.app.server.once('connection', (socket) => socket.once('close', () => resolve())),
  );
  const leaving = new AbortController();
  const left = fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${ADMIN}` }, signal: leaving.signal });
  await isAsked;
  leaving.abort();
  await expect(left).rejects.toThrow();
  await gone;
  answer();
  const next = await follow(api, ADMIN);
  expect(next.status).toBe(200);
  expect((await api.get('/metrics', { token: ADMIN })).body).toMatch(/^belay_event_streams 1$/m);
  next.leave();
  await until(async () => /^belay_event_streams 0$/m.test((await api.get('/metrics', { token: ADMIN })).body));
});

it('one token’s streams leave room for those of others', async () => {
  const api = await opened({ mostPerToken: 2 });
  const [mine, other] = [await viewer(), await viewer()];
  const first = await follow(api, mine.secret);
  expect(first.status).toBe(200);
  expect((await follow(api, mine.secret)).status).toBe(200);
  expect((await follow(api, mine.secret)).status).toBe(429);
  expect((await follow(api, other.secret)).status).toBe(200);
  first.leave();
  await until(async () => (await follow(api, mine.secret)).status === 200);
});

it('a stream ends when its token is revoked or has expired, and others go on', async () => {
  const api = await opened({ lookAgainMs: 100 });
  const [revoked, expiring, staying] = [await viewer(), await viewer(new Date(Date.now() + 3_000)), await viewer()];
  const readers = [await follow(api, revoked.secret), await follow(api, expiring.secret)];
  const stays = await follow(api, staying.secret);
  expect(readers.map(({ status }) => status)).toEqual([200, 200]);
  await createTokens(belay.store).revoke(revoked.token.name, 'ann');
  const told = await Promise.all(readers.map(({ text }) => text()));
  for (const each of told) expect(each).toContain('event: status');
  expect((await api.get('/metrics', { token: ADMIN })).body).toMatch(/^belay_event_streams 1$/m);
  expect((await follow(api, revoked.secret)).status).toBe(401);
  stays.leave();
});
