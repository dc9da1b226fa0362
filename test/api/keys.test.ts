import { Client } from 'pg';
import { ADMIN, TestApi } from '../support/api';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';
import type { Store } from '../../src/store';

const folder = temporaryFolder();
const token = ADMIN;
let belay: Belay;
let api: TestApi;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  await belay.work();
  api = await TestApi.open(belay);
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

/** A simulated deployment that waits for an approval before its first batch. */
async function waiting(name = uniqueService()) {
  const approvals = [{ beforeBatch: 1, onTimeout: 'pause' as const }];
  const { id } = await belay.control.start(simulatedOrder(folder.path, name, ['a', 'b'], { approvals }));
  await belay.until(id, ({ status }) => status === 'awaiting_approval');
  return { ...name, id };
}

async function deployed() {
  const one = await waiting();
  await api.post(`/deployments/${one.id}/approve`, { token });
  await belay.ended(one.id);
  return one;
}

let serial = 0;
const keyed = () => ({ 'idempotency-key': `key-${serial++}` });
const statusOf = async (id: string) => (await api.get(`/deployments/${id}`, { token })).body.status;

/** An API that falls over at some point of a request, and leaves everything as it is then. */
async function falling(at: Partial<Store>): Promise<TestApi> {
  return TestApi.open(belay, {}, { ...belay.store, ...at });
}

const NEVER = () => new Promise<never>(() => undefined);
const FAILS = () => Promise.reject(new Error('the database is away'));

/** As if all that is worked on had been begun ten minutes ago. */
async function tenMinutesLater(): Promise<void> {
  const client = new Client({ connectionString: belay.environment.DATABASE_URL });
  await client.connect();
  await client.query(`update answers set asked_at = asked_at - interval '10 minutes'`);
  await client.end();
}

/** Sends it to an API that is gone before it answers. */
async function unanswered(api: TestApi, path: string, headers: Record<string, string>, body: object = {}) {
  const gone = api.post(path, { token, headers, body }).catch(() => undefined);
  return {
    end: async () => {
      await api.close();
      await gone;
    },
  };
}

describe('a message under a key', () => {
  it('is never taken for another one', async () => {
    const { id } = await waiting();
    const headers = keyed();
    const adjust = (maxFailures: number) =>
      api.post(`/deployments/${id}/adjust`, { token, headers, body: { max_failures: maxFailures } });
    expect((await adjust(1)).status).toBe(200);
    const other = { status: 422, body: { error: { code: 'other_request' } } };
    expect(await api.post(`/deployments/${id}/abort`, { token, headers })).toMatchObject(other);
    expect(await adjust(2)).toMatchObject(other);
    expect(await statusOf(id)).toBe('awaiting_approval');
    expect((await api.post(`/deployments/${id}/abort`, { token, headers: keyed() })).status).toBe(200);
    expect((await belay.ended(id)).status).toBe('aborted');
  });

  it('that is sent again is answered as the first time, and does nothing to a later deployment', async () => {
    const first = await waiting();
    const { environment, service } = first;
    const abort = (headers: Record<string, string>) =>
      api.post(`/deployments/${environment}/${service}/abort`, { token, headers });
    const headers = keyed();
    const answer = await abort(headers);
    expect(answer).toMatchObject({ status: 200, body: { deployment: first.id, message: 'abort' } });
    await belay.ended(first.id);
    const second = await waiting({ environment, service });
    const again = await abort(headers);
    expect([again.status, again.body]).toEqual([answer.status, answer.body]);
    expect(await statusOf(second.id)).toBe('awaiting_approval');
    expect((await abort(keyed())).body.deployment).toBe(second.id);
    await belay.ended(second.id);
  });

  it('whose API fell over before it answered goes to no later deployment', async () => {
    const first = await waiting();
    const { environment, service } = first;
    const path = `/deployments/${environment}/${service}/abort`;
    const headers = keyed();
    const gone = await unanswered(await falling({ keepAnswer: NEVER }), path, headers);
    await belay.ended(first.id);
    await gone.end();
    const second = await waiting({ environment, service });
    expect(await api.post(path, { token, headers })).toMatchObject({ status: 409, body: { error: { code: 'busy' } } });
    await tenMinutesLater();
    expect(await api.post(path, { token, headers })).toMatchObject({ status: 200, body: { deployment: first.id } });
    expect(await statusOf(second.id)).toBe('awaiting_approval');
    await api.post(path, { token });
    await belay.ended(second.id);
  });

  it('that pauses all pauses nobody who came later', async () => {
    const first = await waiting();
    const headers = keyed();
    const answer = await api.post('/deployments/pause', { token, headers });
    expect(answer.body.answers).toMatchObject([{ deployment: first.id, ok: true }]);
    const second = await waiting();
    expect((await api.post('/deployments/pause', { token, headers })).body).toEqual(answer.body);
    expect(await statusOf(second.id)).toBe('awaiting_approval');
    for (const { id } of [first, second]) {
      await api.post(`/deployments/${id}/abort`, { token });
      await belay.ended(id);
    }
  });

  it('may have a long key', async () => {
    const { id } = await waiting();
    const headers = { 'idempotency-key': 'k'.repeat(200) };
    expect((await api.post(`/deployments/${id}/abort`, { token, headers })).status).toBe(200);
    await belay.ended(id);
  });
});

describe('a rollback under a key is carried out once', () => {
  const undo = (by: TestApi, { environment, service }: { environment: string; service: string }, headers: object) =>
    by.post(`/deployments/${environment}/${service}/rollback`, { token, headers: { ...headers } });
  const historyOf = async ({ service }: { service: string }) => (await belay.control.history({ service })).length;

  it('although its answer could not be kept', async () => {
    const one = await deployed();
    const headers = keyed();
    const broken = await falling({ keepAnswer: FAILS });
    const first = await undo(broken, one, headers);
    await broken.close();
    expect(first).toMatchObject({ status: 201, body: { id: expect.any(String) } });
    await belay.ended(first.body.id);
    expect(await undo(api, one, headers)).toMatchObject({ status: 201, body: { id: first.body.id } });
    expect(await historyOf(one)).toBe(2);
  });

  it.each<[string, (done: () => void) => Partial<Store>]>([
    ['it answered', (done) => ({ keepAnswer: async () => (done(), NEVER()) })],
    [
      'it started what it had stored',
      (done) => ({
        createRequest: async (...given) => {
          await belay.store.createRequest(...given);
          done();
          return NEVER();
        },
      }),
    ],
  ])('although its API fell over before %s', async (_, at) => {
    const one = await deployed();
    const headers = keyed();
    let done = () => {};
    const fell = new Promise<void>((resolve) => (done = resolve));
    const path = `/deployments/${one.environment}/${one.service}/rollback`;
    const gone = await unanswered(await falling(at(() => done())), path, headers);
    await fell;
    await gone.end();
    expect((await undo(api, one, headers)).status).toBe(409);
    await tenMinutesLater();
    const answer = await undo(api, one, headers);
    expect(answer).toMatchObject({ status: 201, body: { rollback_of: expect.any(Number), notices: [] } });
    expect(await belay.ended(answer.body.id)).toMatchObject({ status: 'rolled_back' });
    expect((await undo(api, one, headers)).body.id).toBe(answer.body.id);
    expect(await historyOf(one)).toBe(2);
  });
});
