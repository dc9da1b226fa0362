import { connect } from 'node:net';
import { ADMIN, TestApi, type Answer } from '../support/api';
import { Belay, uniqueService } from '../support/belay';
import { Crowd, type Report } from '../support/crowd';

const token = ADMIN;
const OLD = { code_version: '1.0.0', configuration_version: '1' };
const NEW = { code_version: '1.1.0', configuration_version: '2' };
const WELL = { ...NEW, status: 1 };

let belay: Belay;
let api: TestApi;
let crowds: Crowd[] = [];
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  await belay.work();
  api = await TestApi.open(belay, {
    limits: { failures: 1_000 },
    arrival: { bodyMs: 500 },
    heartbeat: { intervalMs: 1_000, unknownAfterMs: 60_000 },
  });
});
afterEach(async () => {
  await Promise.all(crowds.map((each) => each.end()));
  crowds = [];
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

/** A deployment under way over two instances, one after the other, that nobody does anything about yet. */
async function underWay() {
  const { service } = uniqueService();
  const crowd = new Crowd(api, 100);
  crowds.push(crowd);
  crowd.held = true;
  const [first, second] = [`${service}-a`, `${service}-b`];
  for (const name of [first, second]) await crowd.join(name, OLD);
  const configuration = { batch_size: 1, min_healthy_time: '0s', health_timeout: '5m', max_attempts: 1 };
  const begun = await api.post('/deploy', { token, body: { ...NEW, labels: crowd.labels, service, configuration } });
  expect(begun.status).toBe(201);
  const { id, generation } = begun.body;
  await belay.until(id, ({ counts }) => counts.in_flight === 1);
  return {
    crowd,
    first,
    second,
    id,
    generation: Number(generation),
    secretOf: (name: string) => crowd.secrets.get(name)!,
  };
}

type UnderWay = Awaited<ReturnType<typeof underWay>>;

/** Everybody does as they are told from here on: it ends as if nobody had lied. */
async function endsWell({ crowd, first, second, id, generation }: UnderWay): Promise<void> {
  crowd.held = false;
  expect(await belay.ended(id)).toMatchObject({
    status: 'succeeded',
    counts: { total: 2, succeeded: 2 },
    failures: [],
  });
  expect([crowd.told.get(first), crowd.told.get(second)]).toEqual([[generation], [generation]]);
  expect([...crowd.reports.values()]).toMatchObject([WELL, WELL]);
}

const countsOf = async ({ id }: UnderWay) => (await api.get(`/deployments/${id}`, { token })).body.counts;

const fieldsOf = ({ body }: Answer) => (body.error.fields as { field: string }[]).map(({ field }) => field);

/** A heartbeat with so many metrics. */
function metricsBomb(count: number): string {
  const metrics = Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, 1]));
  return JSON.stringify({ status: 1, metrics });
}

describe('an agent that', () => {
  it.each([
    ['reports another’s name with its own secret', WELL, 401, 'unauthenticated'],
    [
      'reports another’s name and a huge generation',
      { ...WELL, generation: 900_000_000_000_000 },
      401,
      'unauthenticated',
    ],
  ])('%s is not believed', async (_, body, status, code) => {
    const under = await underWay();
    const answer = await under.crowd.say(under.first, under.secretOf(under.second), body);
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    const shown = await api.get(`/inventory/instances/${under.first}`, { token });
    expect(shown.body).toMatchObject(OLD);
    await endsWell(under);
  });

  it('replays an old heartbeat is told again, and obeys nothing twice', async () => {
    const under = await underWay();
    const old: Report = { ...OLD, status: 1 };
    for (let i = 0; i < 5; i++) {
      const answer = await under.crowd.say(under.first, under.secretOf(under.first), old);
      expect(answer).toMatchObject({
        status: 200,
        body: { update_needed: true, desired: { ...NEW, generation: under.generation, attempt: 1 } },
      });
    }
    expect(await countsOf(under)).toMatchObject({ in_flight: 1, succeeded: 0, failed: 0 });
    await endsWell(under);
  });

  it('claims to be well on the target before its turn is not counted before it, nor told anything', async () => {
    const under = await underWay();
    const answer = await under.crowd.say(under.second, under.secretOf(under.second), {
      ...WELL,
      generation: under.generation,
    });
    expect(answer).toMatchObject({ status: 200, body: { desired: null, update_needed: false } });
    expect(await countsOf(under)).toMatchObject({ in_flight: 1, succeeded: 0 });
    // Its next heartbeats say again what runs.
    await endsWell(under);
  });

  it.each([
    ['a generation that nobody has drawn', { ...WELL, generation: 900_000_000_000_000 }, 'generation'],
    ['a generation of more digits than a number has', `{"status":1,"generation":${'9'.repeat(400)}}`, 'generation'],
    ['a negative generation', { ...WELL, generation: -1 }, 'generation'],
    ['a version that is too long', { ...WELL, code_version: 'x'.repeat(257) }, 'code_version'],
    ['a version with control characters', { ...WELL, code_version: '1\u001b[31m\u0000' }, 'code_version'],
    ['a version that is empty', { ...WELL, configuration_version: '' }, 'configuration_version'],
    ['a version that is a list', { ...WELL, code_version: ['1'] }, 'code_version'],
    ['a metric of 1e400', '{"status":1,"metrics":{"response_time_ms":1e400}}', 'metrics.response_time_ms'],
    ['metrics that are nested', { status: 1, metrics: { cpu: { a: { b: 1 } } } }, 'metrics.cpu'],
    ['an unknown metric', { status: 1, metrics: { __proto_: 1 } }, 'metrics.__proto_'],
  ])('claims %s is told which field is wrong', async (_, body, field) => {
    const under = await underWay();
    const answer = await under.crowd.say(under.first, under.secretOf(under.first), body);
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'invalid_input' } } });
    expect(fieldsOf(answer)).toContain(field);
    await endsWell(under);
  });

  it.each([
    ['NaN', '{"status":1,"metrics":{"cpu":NaN}}', 400],
    ['thousands of metrics', metricsBomb(1_000), 422],
    ['more metrics than a heartbeat may have', metricsBomb(5_000), 413],
    ['nesting without end', `{"status":1,"metrics":${'['.repeat(7_000)}${']'.repeat(7_000)}}`, 400],
  ])('sends %s is refused', async (_, body, status) => {
    const under = await underWay();
    const answer = await under.crowd.say(under.first, under.secretOf(under.first), body);
    expect([answer.status, answer.body.error.message.length < 1_000]).toEqual([status, true]);
    await endsWell(under);
  });

  it('hangs in the middle of its heartbeat is cut off', async () => {
    const under = await underWay();
    const { port, hostname } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    let said = '';
    socket.on('data', (data) => (said += String(data)));
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    const head = [
      `PATCH /inventory/instances/${under.first} HTTP/1.1`,
      'Host: belay',
      'Content-Type: application/json',
    ];
    const secret = `Authorization: Bearer ${under.secretOf(under.first)}`;
    socket.write([...head, secret, 'Content-Length: 500', '', '{ "status": 1, '].join('\r\n'));
    await closed;
    expect(said).toContain('HTTP/1.1 408 ');
    await endsWell(under);
  });

  it('starts again without its secret keeps out of its own living name, and goes on with it', async () => {
    const under = await underWay();
    expect(await under.crowd.register(under.first)).toMatchObject({ status: 409, body: { error: { code: 'taken' } } });
    expect((await under.crowd.register(under.first, {}, 'a-guess')).status).toBe(409);
    const old = under.secretOf(under.first);
    const again = await under.crowd.register(under.first, {}, old);
    expect(again.status).toBe(200);
    under.crowd.secrets.set(under.first, again.body.secret);
    expect((await under.crowd.say(under.first, old, WELL)).status).toBe(401);
    await endsWell(under);
  });
});
