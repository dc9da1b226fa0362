import { Client } from 'pg';
import { NOTIFICATION_EVENTS } from '../../src/domain/notification/event';
import type { NotificationTarget } from '../../src/domain/notification/target';
import { signatureOf } from '../../src/drivers/notification/signature';
import { keepNotified, type Pace } from '../../src/notifier';
import { eventually } from '../drivers/target/fixtures';
import { begin, statusDocument, useStore } from '../store/builders';
import { query } from '../support/postgres';
import { Receiver } from '../support/receiver';

const used = useStore();
const SECRET = 'a secret of some length';
const FAST: Partial<Pace> = { pollMs: 10, waitMs: 10, longestWaitMs: 40 };

let receiver: Receiver;
let target: NotificationTarget;
let ends: (() => Promise<void>)[] = [];
let serial = 0;
beforeEach(async () => {
  receiver = await Receiver.open();
  const key = `target-${serial++}`;
  target = {
    kind: 'webhook',
    key,
    place: `notifications[0] (${key})`,
    url: '${env:WHERE}',
    secretEnv: 'SECRET',
    timeoutMs: 5_000,
    events: [...NOTIFICATION_EVENTS],
  };
});
afterEach(async () => {
  await Promise.all(ends.map((end) => end()));
  ends = [];
  await receiver.close();
  await query(used.database.url, 'delete from notification_targets');
});

/** A worker's notifier; answers once its target is known. */
async function notify({ to = target, pace = FAST }: { to?: NotificationTarget; pace?: Partial<Pace> } = {}) {
  const environment = { WHERE: receiver.url('/in'), SECRET };
  const end = keepNotified(used.store, [to], { warn: () => {} }, { environment, pace });
  ends.push(end);
  await eventually(async () => {
    const known = await query(used.database.url, 'select from notification_targets where key = $1', [to.key]);
    return known.length > 0 || undefined;
  });
  return end;
}

const told = () => receiver.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
const events = () => told().map(({ event }) => event);
const freeze = (environment: string) =>
  used.store.freeze({ scope: { environment }, by: 'bob', reason: 'audit', replace: true });
const waiting = () => query(used.database.url, 'select event from notifications where target = $1', [target.key]);
const drained = () => eventually(async () => (await waiting()).length === 0 || undefined);

/** A deployment that began, and ended so. */
async function deployed(status: 'succeeded' | 'rolled_back' = 'succeeded') {
  const { store } = used;
  const { generation, service } = await begin(store);
  await store.appendEventOnce({ generation, type: 'batch_done' }, 0);
  await store.saveProgress(statusDocument(generation, service, { status: 'paused', reason: 'two are down' }));
  await store.end(statusDocument(generation, service, { status, ended_at: null, reason: 'for good' }));
  return { generation, service };
}

it('tells how a deployment goes, in order, each once and signed', async () => {
  await notify();
  const { generation, service } = await deployed('rolled_back');
  await drained();
  expect(events()).toEqual(['started', 'paused', 'rolled_back']);
  expect(told()[1]).toMatchObject({ service, environment: 'test', reason: 'two are down', by: null });
  expect(told()[2]).toMatchObject({
    reason: 'for good',
    deployment: { id: `test/${service}/${generation}`, actor: 'ann', release: { code_version: '1.1.0' } },
  });
  for (const { headers, body, method, path } of receiver.received) {
    expect([method, path, headers['content-type']]).toEqual(['POST', '/in', 'application/json']);
    expect(headers['belay-delivery']).toBe((JSON.parse(body) as { id: string }).id);
    const seconds = Number(/^t=(\d+),/.exec(String(headers['belay-signature']))?.[1]);
    expect(headers['belay-signature']).toBe(signatureOf(SECRET, new Date(seconds * 1000), body));
  }
  expect(new Set(told().map(({ id }) => id)).size).toBe(3);
});

it('begins at now with a target that is new', async () => {
  await deployed();
  await notify();
  await freeze('new');
  await receiver.count(1);
  expect(events()).toEqual(['frozen']);
});

it('tells only what is wanted, and keeps nothing else', async () => {
  await notify({ to: { ...target, events: ['frozen', 'succeeded'], environments: ['wanted'] } });
  await deployed();
  await freeze('unwanted');
  await freeze('wanted');
  await drained();
  expect(told().map(({ event, environment }) => [event, environment])).toEqual([['frozen', 'wanted']]);
});

it('tries again, in order and under the same id, whatever goes wrong', async () => {
  const location = receiver.url('/elsewhere');
  receiver.replies.push(500, 'cut', { status: 307, headers: { location } }, 'silence', 404);
  await notify({ to: { ...target, timeoutMs: 200 } });
  await deployed();
  await drained();
  const paths = new Set(receiver.received.map(({ path }) => path));
  expect(paths).toEqual(new Set(['/in']));
  expect(events()).toEqual([...Array.from({ length: 6 }, () => 'started'), 'paused', 'succeeded']);
  expect(new Set(told().map(({ id }) => id)).size).toBe(3);
});

it('waits longer each time', async () => {
  await receiver.close();
  await notify({ pace: { pollMs: 5, waitMs: 60, longestWaitMs: 60_000 } });
  await freeze('away');
  const attempts = () =>
    query(
      used.database.url,
      `select attempts, extract(epoch from next_at - clock_timestamp())::float8 * 1000 as wait
       from notification_targets where key = $1`,
      [target.key],
    );
  const row = await eventually(async () => {
    const [found] = await attempts();
    return Number(found?.['attempts']) >= 5 ? found : undefined;
  });
  // 60 · 2⁴ ms after the fifth, of which some have passed; 60 ms each would be over long since.
  expect(Number(row['wait'])).toBeGreaterThan(200);
  await receiver.listen();
  await drained();
  expect(events()).toEqual(['frozen']);
  expect((await attempts())[0]).toMatchObject({ attempts: 0 });
});

it('loses nothing when its worker goes, and another comes', async () => {
  receiver.otherwise = 503;
  const end = await notify();
  await deployed();
  await receiver.count(2);
  receiver.otherwise = 'silence';
  await receiver.count(3);
  await end();
  // What happens while nobody sends is told, too.
  await freeze('meanwhile');
  receiver.otherwise = 200;
  await notify();
  await drained();
  expect(events().filter((event) => event !== 'started')).toEqual(['paused', 'succeeded', 'frozen']);
});

it('follows a worker that was lost in the middle, once its time is over', async () => {
  await used.store.wantTargets([target.key]);
  await freeze('lost');
  expect(await used.store.takeTurn(target.key, 'the lost one', 60_000, 10)).toMatchObject({ attempts: 0 });
  expect(await used.store.takeTurn(target.key, 'another', 60_000, 10)).toBeUndefined();
  await notify();
  await query(used.database.url, `update notification_targets set leased_until = now() where key = $1`, [target.key]);
  await drained();
  expect(events()).toEqual(['frozen']);
  // The lost one comes back, and changes nothing.
  await used.store.notTold(target.key, 'the lost one', [], 60_000);
  const [row] = await query(used.database.url, 'select attempts from notification_targets where key = $1', [
    target.key,
  ]);
  expect(row).toEqual({ attempts: 0 });
});

it('tells each once, however many workers there are', async () => {
  await Promise.all([notify(), notify(), notify()]);
  for (let n = 0; n < 20; n++) await freeze(`many-${n}`);
  await drained();
  expect(told().map(({ environment }) => environment)).toEqual(Array.from({ length: 20 }, (_, n) => `many-${n}`));
});

it('tells a line, too, that was numbered before another and came to be seen after it', async () => {
  await notify();
  const slow = new Client({ connectionString: used.database.url });
  await slow.connect();
  await slow.query('begin');
  await slow.query(`insert into events (environment, type) values ('slow', 'frozen')`);
  await freeze('quick');
  await receiver.count(1);
  await slow.query('commit');
  await slow.end();
  await receiver.count(2);
  expect(told().map(({ environment }) => environment)).toEqual(['quick', 'slow']);
});

it('gives up after a day, says so in the log, and tells what came since', async () => {
  receiver.otherwise = 503;
  await notify({ to: { ...target, events: ['frozen'] }, pace: { ...FAST, giveUpMs: 3_600_000 } });
  await freeze('old');
  await freeze('older');
  await freeze('young');
  await receiver.count(2);
  await query(
    used.database.url,
    `update events set at = now() - interval '2 hours' where environment in ('old', 'older') and type = 'frozen'`,
  );
  const line = await eventually(async () =>
    (await used.store.events({})).find(({ type }) => type === 'notifications_given_up'),
  );
  expect(line.reason).toBe(
    `${target.place} was told nothing for 1h, and what is older it is told no more: ${receiver.host} answered 503`,
  );
  receiver.otherwise = 200;
  await drained();
  const taken = told().map(({ environment }) => environment);
  expect(taken.at(-1)).toBe('young');
  expect(taken.slice(0, -1)).not.toContain('older');
});

it('speaks to Slack as Slack wants it, without a signature', async () => {
  const { events: wanted, key, place, url, timeoutMs } = target;
  await notify({ to: { kind: 'slack', events: wanted, key, place, url, timeoutMs } });
  await freeze('slack');
  const [request] = await receiver.count(1);
  expect(request?.headers['belay-signature']).toBeUndefined();
  expect(told()[0]).toMatchObject({ text: 'slack: frozen', blocks: [{ type: 'section' }, { type: 'context' }] });
});

it('forgets who is wanted by nobody for a day, with all that was to be told', async () => {
  const { store, database } = used;
  await store.wantTargets(['gone', 'kept']);
  await freeze('gone');
  await query(database.url, `update notification_targets set wanted_at = now() - interval '2 days' where key = 'gone'`);
  await store.wantTargets(['kept']);
  const left = await query(database.url, `select distinct target from notifications where target in ('gone', 'kept')`);
  expect(left).toEqual([{ target: 'kept' }]);
});

it.each([
  [{ SECRET }, /\.url: WHERE is not set here/],
  [{ WHERE: 'nonsense', SECRET }, /\.url is no http or https address/],
  [{ WHERE: 'http://host/' }, /\.secret_env: SECRET is not set here; set it \(`openssl rand/],
  [{ WHERE: 'http://host/', SECRET: 'short' }, /\.secret_env: SECRET has fewer than 16 characters/],
])('does not begin where something is missing: %j', (environment, words) => {
  expect(() => keepNotified(used.store, [target], { warn: () => {} }, { environment })).toThrow(words);
});
