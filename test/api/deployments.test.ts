import { createTokens } from '../../src/control/tokens';
import type { StatusDocument } from '../../src/domain';
import { ADMIN, REGISTRATION, TestApi } from '../support/api';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
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

const token = ADMIN;
const NAMES = ['a', 'b', 'c'];

/** A simulated deployment that waits for an approval before its first batch. */
async function waiting() {
  const name = uniqueService();
  const approvals = [{ beforeBatch: 1, onTimeout: 'pause' as const }];
  const { id, generation } = await belay.control.start(simulatedOrder(folder.path, name, NAMES, { approvals }));
  await belay.until(id, ({ status }) => status === 'awaiting_approval');
  return { ...name, id, generation, path: `/deployments/${id}` };
}

async function inventoryOf(role: string): Promise<Record<string, string>> {
  const labels = { role, env: 'staging' };
  const instance = { ip: '10.0.0.3', name: `${role}-01`, labels };
  const { body } = await api.post('/inventory/register', { body: { instance, token: REGISTRATION } });
  const beat = { code_version: '1.0.0', configuration_version: '1', status: 1 };
  await api.patch(`/inventory/instances/${role}-01`, { token: body.secret, body: beat });
  return labels;
}

const RELEASE = { code_version: '1.1.0', configuration_version: '2' };

describe('a deployment that is asked for', () => {
  it('is planned without a change, from the labels', async () => {
    const labels = await inventoryOf('planned');
    const configuration = { batch_size: 2, failure_threshold: '10%' };
    const plan = await api.post('/deployments/plan', { token, body: { ...RELEASE, labels, configuration } });
    expect(plan).toMatchObject({
      status: 200,
      body: {
        service: 'default',
        environment: 'staging',
        driver: 'agent',
        limits: { max_failures: '10%' },
        members: [{ instance_id: 'planned-01', code_version: '1.0.0', reachable: true }],
      },
    });
  });

  it('begins, names itself to whoever asks for another, and is stopped', async () => {
    const { service } = uniqueService();
    const labels = await inventoryOf(service);
    const begun = await api.post('/deploy', { token, body: { ...RELEASE, labels, service } });
    expect(begun).toMatchObject({
      status: 201,
      body: { service, environment: 'staging', driver: 'agent', actor: 'dev' },
    });
    const second = await api.post('/deploy', { token, body: { ...RELEASE, labels, service } });
    expect(second).toMatchObject({ status: 409, body: { error: { code: 'refused', holder: begun.body.id } } });
    expect(second.body.error.message).toContain(begun.body.id);
    const where = await api.get(`/deploy/status?service=${service}&environment=staging`, { token });
    expect(where.body.id).toBe(begun.body.id);
    expect((await api.post(`/deployments/${begun.body.id}/abort`, { token })).status).toBe(200);
    expect((await belay.ended(begun.body.id)).status).toBe('aborted');
  });

  it.each([
    [{ labels: {} }, 'labels', 'names no label'],
    [{ labels: { role: 'nobody' } }, 'labels', 'match no instance (role=nobody)'],
    [{ configuration: { batch_size: 0 } }, 'configuration.batch_size', 'write a count of at least 1'],
    [{ configuration: { failure_threshold: -1 } }, 'configuration.failure_threshold', 'write a count from 0 on'],
    [{ configuration: { batchsize: 1 } }, 'configuration.batchsize', 'did you mean "batch_size"?'],
    [{ configuration: { instance_timeout: '5' } }, 'configuration.instance_timeout', 'has no unit'],
    [{ code_version: '' }, 'code_version', 'write the version of the code'],
    [{ update: ['rm', '-rf', '/'] }, 'update', 'unknown key'],
    [{ driver: { type: 'command', update: ['x'] } }, 'driver', 'write the name of a driver that belay.yaml defines'],
  ])('with %j is refused', async (wrong, field, words) => {
    const answer = await api.post('/deploy', { token, body: { ...RELEASE, labels: { role: 'web' }, ...wrong } });
    expect(answer.status).toBe(422);
    expect(answer.body.error.fields).toContainEqual({ field, message: expect.stringContaining(words) });
  });

  it('keeps to what its token holds for', async () => {
    const tokens = createTokens(belay.store);
    const { secret } = await tokens.create({ name: 'stager', role: 'operator', by: 'ann', environments: ['staging'] });
    const labels = { role: 'web' };
    const ask = (body: object) => api.post('/deploy', { token: secret, body: { ...RELEASE, ...body } });
    expect((await ask({ labels, environment: 'production' })).status).toBe(403);
    expect((await ask({ labels, environment: 'staging' })).body.error.message).toContain('labels.environment');
    expect((await ask({ labels: { env: 'production' }, environment: 'staging' })).status).toBe(403);
    expect((await ask({ labels: { env: 'staging', role: 'none' } })).status).toBe(422);
    const other = await waiting();
    expect((await api.get(other.path, { token: secret })).status).toBe(403);
    expect((await api.post(`${other.path}/abort`, { token: secret })).status).toBe(403);
    const { body } = await api.get('/deployments', { token: secret });
    expect(JSON.stringify(body.deployments)).not.toContain(other.id);
    await api.post(`${other.path}/abort`, { token });
  });
});

describe('a deployment in flight', () => {
  it('is looked at as --json prints it, and takes messages in the name of the token', async () => {
    const { path, id, environment, service } = await waiting();
    const { document } = await belay.control.status({ environment, service });
    const answer = await api.get(path, { token });
    expect(Object.keys(answer.body as StatusDocument)).toEqual([...Object.keys(document), 'standing']);
    expect(answer.body.standing).toEqual({ source: 'workflow', recorded: false, lost: false });
    expect((await api.get(`/deployments/${environment}/${service}`, { token })).body.id).toBe(id);
    const { body } = await api.get(`/deployments?service=${service}`, { token });
    expect(body.deployments).toMatchObject([{ id }]);
    const refused = await api.post(`${path}/resume`, { token });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'refused' } } });
    const adjusted = await api.post(`${path}/adjust`, { token, body: { max_failures: '50%', batch_size: 2 } });
    expect(adjusted).toMatchObject({ status: 200, body: { message: 'adjust', delivered: 'update' } });
    expect((await api.post(`${path}/adjust`, { token, body: { reason: 'x' } })).status).toBe(422);
    expect((await api.post(`${path}/approve`, { token, body: { reason: 'looks good' } })).status).toBe(200);
    await belay.ended(id);
    expect((await api.get(`${path}/instances`, { token })).body.instances).toHaveLength(3);
    const { events } = (await api.get(`${path}/events`, { token })).body;
    expect(events).toContainEqual(expect.objectContaining({ type: 'approve', by: 'dev', reason: 'looks good' }));
    const late = await api.post(`${path}/pause`, { token });
    expect(late.body.error.message).toContain('has ended (succeeded)');
  });

  it('that nobody has started is not found', async () => {
    expect(await api.get('/deployments/nowhere/nothing', { token })).toMatchObject({ status: 404 });
    expect(await api.post('/deployments/nowhere/nothing/7/abort', { token })).toMatchObject({ status: 404 });
    expect(await api.get('/deployments/no%20where/nothing', { token })).toMatchObject({ status: 422 });
  });

  it('is followed to its end, and from where somebody left it', async () => {
    const { path, id } = await waiting();
    const all = await streamed(path, undefined, () => api.post(`${path}/approve`, { token }));
    await belay.ended(id);
    expect(all.at(-1)).toMatchObject({ event: 'end' });
    const statuses = all.filter(({ event }) => event === 'status').map(({ data }) => data.status);
    expect([statuses[0], statuses.at(-1)]).toEqual(['awaiting_approval', 'succeeded']);
    const lines = all.filter(({ event }) => event === 'event');
    const rest = await streamed(path, lines[1]!.id);
    expect(rest.filter(({ event }) => event === 'event').map((each) => each.id)).toEqual(
      lines.slice(2).map(({ id }) => id),
    );
  });
});

describe('a rollback', () => {
  it('that is sent twice under one key is carried out once', async () => {
    const { path, id, environment, service } = await waiting();
    await api.post(`${path}/approve`, { token });
    await belay.ended(id);
    const headers = { 'idempotency-key': `k-${service}` };
    const body = { service, environment, reason: 'broken' };
    const first = await api.post('/deploy/rollback', { token, body, headers });
    expect(first).toMatchObject({ status: 201, body: { rollback_of: expect.any(Number) } });
    const again = await api.post('/deploy/rollback', { token, body, headers });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(await api.post('/deploy/rollback', { token, body: { ...body, reason: 'other' }, headers })).toMatchObject({
      status: 422,
      body: { error: { code: 'other_request' } },
    });
    expect((await belay.ended(first.body.id)).status).toBe('rolled_back');
    expect((await belay.control.history({ service })).length).toBe(2);
  });
});

interface Sent {
  id?: string;
  event: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into whatever was sent
  data: any;
}

/** All that a stream sends until it ends; once it has said how the deployment stands, `onOpen` is carried out. */
async function streamed(
  path: string,
  after?: string,
  onOpen = async (): Promise<unknown> => undefined,
): Promise<Sent[]> {
  const answer = await fetch(`${api.url}${path}/stream`, {
    headers: { authorization: `Bearer ${token}`, ...(after === undefined ? {} : { 'last-event-id': after }) },
  });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  let opened = false;
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (opened || !text.includes('event: status')) continue;
    opened = true;
    await onOpen();
  }
  const blocks = text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'));
  return blocks.map((block) => {
    const lines = block
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
    const { data, ...rest } = Object.fromEntries(lines) as { data: string; event: string };
    return { ...rest, data: JSON.parse(data) };
  });
}
