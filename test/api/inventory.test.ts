import { createTokens } from '../../src/control/tokens';
import { ADMIN, REGISTRATION, TestApi } from '../support/api';
import { Belay } from '../support/belay';
import { query } from '../support/postgres';

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

let serial = 0;
const GOOD = { code_version: '1.0.0', configuration_version: '1', status: 1 };

function register(name: string, labels: Record<string, string> = { role: 'web' }, token?: string, by = REGISTRATION) {
  const body = { instance: { ip: '10.0.0.3', name, labels, port: 8080 }, token: by };
  return api.post('/inventory/register', { body, ...(token === undefined ? {} : { token }) });
}

async function registered(name: string, labels?: Record<string, string>): Promise<string> {
  return (await register(name, labels)).body.secret;
}

const beat = (name: string, token: string, body: object = GOOD) =>
  api.patch(`/inventory/instances/${name}`, { token, body });

describe('registering', () => {
  it('answers with the instance and its secret, once', async () => {
    const answer = await register('r-1');
    expect(answer).toMatchObject({
      status: 201,
      body: {
        instance: { name: 'r-1', ip: '10.0.0.3', port: 8080, status: 0, code_version: null },
        next_heartbeat: '10s',
      },
    });
    const { secret } = answer.body;
    expect(secret).toMatch(/^belay_[\w-]{43}$/);
    const shown = await api.get('/inventory/instances/r-1', { token: ADMIN });
    expect(JSON.stringify(shown.body)).not.toContain(secret);
  });

  it('again is for whoever has its present secret, or while nobody knows how it is', async () => {
    const secret = await registered('r-2');
    expect((await register('r-2')).status).toBe(200);
    expect((await beat('r-2', secret)).status).toBe(401);
    const { body } = await register('r-2');
    await beat('r-2', body.secret);
    expect(await register('r-2')).toMatchObject({ status: 409, body: { error: { code: 'taken' } } });
    expect((await register('r-2', {}, 'a-guess')).status).toBe(409);
    expect((await register('r-2', {}, body.secret)).status).toBe(200);
  });

  it('takes the registration token, or one of the role agent', async () => {
    const tokens = createTokens(belay.store);
    const agent = await tokens.create({ name: 'rack', role: 'agent', by: 'ann', environments: ['staging'] });
    const operator = await tokens.create({ name: 'op', role: 'operator', by: 'ann' });
    expect((await register('r-3', {}, undefined, 'wrong')).status).toBe(401);
    expect((await register('r-3', {}, undefined, operator.secret)).status).toBe(401);
    expect((await register('r-3', { env: 'production' }, undefined, agent.secret)).status).toBe(422);
    expect((await register('r-3', { env: 'staging' }, undefined, agent.secret)).status).toBe(201);
  });

  it.each<[string, object, Record<string, string>, number]>([
    ['services', { services: ['web'] }, { service: 'db' }, 422],
    ['services, where none is named', { services: ['web'] }, {}, 422],
    ['services', { services: ['web'] }, { service: 'web' }, 201],
    ['services and environments', { services: ['web'], environments: ['staging'] }, { service: 'web' }, 422],
    [
      'services and environments',
      { services: ['web'], environments: ['staging'] },
      { service: 'web', env: 'staging' },
      201,
    ],
  ])('takes a token for some %s for these alone (%j): %j is answered %i', async (_, scope, labels, status) => {
    const name = `some-${serial++}`;
    const { secret } = await createTokens(belay.store).create({ name, role: 'agent', by: 'ann', ...scope });
    expect((await register(name, labels, undefined, secret)).status).toBe(status);
  });

  it.each<[string, object, Record<string, string>, number]>([
    ['of another environment', { environments: ['staging'] }, { environment: 'production' }, 403],
    ['of its environment', { environments: ['staging'] }, { env: 'staging' }, 200],
    ['of no environment', { environments: ['staging'] }, {}, 403],
    ['of another service', { services: ['web'] }, { service: 'db', environment: 'staging' }, 403],
    ['of its service', { services: ['web'] }, { service: 'web', environment: 'production' }, 200],
  ])('lets a scoped token take the place of one %s, or not', async (_, scope, before, status) => {
    const name = `was-${serial++}`;
    const first = await register(name, before);
    const { secret } = await createTokens(belay.store).create({ name, role: 'agent', by: 'ann', ...scope });
    const mine = { environment: 'staging', service: 'web' };
    expect((await register(name, mine, undefined, secret)).status).toBe(status);
    // Its own secret makes nobody else's instance of it: whoever has both could take it out of its fleet.
    if (status === 403) expect((await register(name, mine, first.body.secret, secret)).status).toBe(403);
    const { body } = await api.get(`/inventory/instances/${name}`, { token: ADMIN });
    expect(body.labels).toEqual(status === 403 ? before : mine);
    expect((await beat(name, first.body.secret)).status).toBe(status === 403 ? 200 : 401);
    // What somebody took out of the inventory is nobody's any more.
    await api.delete(`/inventory/instances/${name}`, { token: ADMIN });
    expect((await register(name, mine, undefined, secret)).status).toBe(200);
  });

  it('lets the registration token take the place of those alone that it may register', async () => {
    await register('r-5', { environment: 'production' });
    const strict = await TestApi.open(belay, {
      registration: { token: 'the-only-one', labels: { environment: 'staging' } },
    });
    const instance = { ip: '::1', name: 'r-5', labels: { environment: 'staging' } };
    const answer = await strict.post('/inventory/register', { body: { instance, token: 'the-only-one' } });
    await strict.close();
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
  });

  it('after an API was away takes over nobody who could not be heard', async () => {
    const secret = await registered('r-6');
    await beat('r-6', secret);
    const sql = (text: string) => query(belay.environment.DATABASE_URL ?? '', text);
    await sql(`update inventory set seen_at = seen_at - interval '10 minutes' where name = 'r-6'`);
    await sql(`delete from hearing`);
    await sql(`insert into hearing (since, until) values (clock_timestamp() - interval '1 second', clock_timestamp())`);
    expect(await register('r-6')).toMatchObject({ status: 409, body: { error: { code: 'taken' } } });
    expect((await beat('r-6', secret)).status).toBe(200);
  });

  it.each([
    ['expired', { expires: new Date(0), labels: {} }, 401],
    ['of other labels', { labels: { environment: 'staging' } }, 422],
    ['of these labels', { labels: { role: 'web' } }, 201],
  ])('by a token that is %s', async (what, rule, status) => {
    const strict = await TestApi.open(belay, { registration: { token: 'the-only-one', ...rule } });
    const body = {
      instance: { ip: '::1', name: `r-${what.replaceAll(' ', '-')}`, labels: { role: 'web' } },
      token: 'the-only-one',
    };
    expect((await strict.post('/inventory/register', { body })).status).toBe(status);
    await strict.close();
  });

  it.each([
    [{ instance: { ip: 'here', name: 'x' }, token: REGISTRATION }, 'instance.ip', 'write an IPv4 or IPv6 address'],
    [{ instance: { ip: '10.0.0.1', nmae: 'x' }, token: REGISTRATION }, 'instance.nmae', 'did you mean "name"?'],
    [
      { instance: { ip: '10.0.0.1', name: 'a b' }, token: REGISTRATION },
      'instance.name',
      'write the name of the instance',
    ],
    [
      { instance: { ip: '10.0.0.1', name: 'x', labels: { 'a=b': 'c' } }, token: REGISTRATION },
      'instance.labels.a=b',
      'is no label',
    ],
    [{ instance: { ip: '10.0.0.1', name: 'x', port: 0 }, token: REGISTRATION }, 'instance.port', 'from 1 to 65535'],
    [{}, 'instance', 'is missing'],
  ])('%j says what is wrong', async (body, field, words) => {
    const answer = await api.post('/inventory/register', { body });
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'invalid_input' } } });
    expect(answer.body.error.fields).toContainEqual({ field, message: expect.stringContaining(words) });
  });

  it('with a token that is not right is told nothing else, and with a right one no more than the first mistakes', async () => {
    const nonsense = Object.fromEntries(Array.from({ length: 1_200 }, (_, i) => [`k${i}`, '']));
    const refused = await api.post('/inventory/register', { body: { ...nonsense, token: 'a-guess' } });
    expect(refused).toMatchObject({ status: 401, body: { error: { code: 'unauthenticated' } } });
    for (const wrong of [nonsense, { instance: { ip: '10.0.0.3', name: 'x', labels: { ...nonsense, 'a=b': {} } } }]) {
      const told = await api.post('/inventory/register', { body: { ...wrong, token: REGISTRATION } });
      expect(told.status).toBe(422);
      expect(told.body.error.fields.length).toBeLessThanOrEqual(20);
      expect(JSON.stringify(told.body).length).toBeLessThan(8_000);
    }
  });

  it('takes no body that no instance could mean', async () => {
    const labels = Object.fromEntries(Array.from({ length: 24_000 }, (_, i) => [`k${i}`, '']));
    expect((await register('r-7', labels)).status).toBe(413);
  });

  it('of something that is no JSON says where', async () => {
    expect(await api.post('/inventory/register', { body: '{ "token": nonsense }' })).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_json', message: expect.stringContaining('body:1:12') } },
    });
    expect(
      await api.post('/inventory/register', { body: 'a=b', headers: { 'content-type': 'text/plain' } }),
    ).toMatchObject({
      status: 415,
      body: { error: { hints: [expect.stringContaining('application/json')] } },
    });
    expect((await api.post('/inventory/register', { body: `"${'x'.repeat(300_000)}"` })).status).toBe(413);
  });
});

describe('a heartbeat', () => {
  it('is kept, and answered with what the instance is to run', async () => {
    const secret = await registered('h-1');
    expect(
      await beat('h-1', secret, { ...GOOD, metrics: { cpu: 0.5, error_rate: '2%', response_time_ms: 12.25 } }),
    ).toMatchObject({
      status: 200,
      body: { desired: null, update_needed: false, next_heartbeat: '10s' },
    });
    await belay.store.setDesired([
      { name: 'h-1', versions: { codeVersion: '1.1.0', configurationVersion: '1' }, generation: 0, attempt: 1 },
    ]);
    expect((await beat('h-1', secret)).body).toMatchObject({
      desired: { code_version: '1.1.0', configuration_version: '1', generation: 0, attempt: 1 },
      update_needed: true,
    });
    expect((await beat('h-1', secret, { ...GOOD, code_version: '1.1.0' })).body.update_needed).toBe(false);
    const { body } = await api.get('/inventory/instances/h-1', { token: ADMIN });
    expect(body).toMatchObject({ status: 1, code_version: '1.1.0', silent: false });
    expect(body.history[2]).toMatchObject({ metrics: { cpu: 0.5, error_rate: 0.02, response_time_ms: 12.25 } });
  });

  it('of a new machine under a name that was another’s is told nothing that was meant for that one', async () => {
    const versions = { codeVersion: '2.0.0', configurationVersion: '1' };
    const secret = await registered('h-5');
    const generation = (await belay.store.highestGeneration()) + 1;
    await belay.store.setDesired([{ name: 'h-5', versions, generation, attempt: 1 }]);
    expect((await beat('h-5', secret, { ...GOOD, status: 0, generation })).body.update_needed).toBe(true);
    await belay.store.withdrawDesired(['h-5'], generation);
    const anew = await registered('h-5');
    expect((await beat('h-5', anew, { ...GOOD, generation: 0 })).body).toMatchObject({
      desired: null,
      update_needed: false,
    });
  });

  it('counts with the instance’s own secret only', async () => {
    const [mine, others] = [await registered('h-2'), await registered('h-3')];
    expect((await beat('h-2', others)).status).toBe(401);
    expect((await beat('h-2', REGISTRATION)).status).toBe(401);
    expect((await beat('h-2', ADMIN)).status).toBe(401);
    expect((await api.patch('/inventory/instances/h-2', { body: GOOD })).status).toBe(401);
    expect((await beat('nobody', mine)).status).toBe(404);
    expect((await beat('h-2', mine)).status).toBe(200);
  });

  it('raises the sequence by what was obeyed, and not by what can’t have been', async () => {
    const secret = await registered('h-4');
    const before = await belay.store.highestGeneration();
    expect((await beat('h-4', secret, { ...GOOD, generation: before + 5 })).status).toBe(200);
    expect(await belay.store.highestGeneration()).toBe(before + 5);
    const lie = await beat('h-4', secret, { ...GOOD, generation: 900_000_000_000_000 });
    expect(lie).toMatchObject({ status: 422, body: { error: { fields: [{ field: 'generation' }] } } });
    expect((await beat('h-4', 'not-its-secret', { ...GOOD, generation: before + 50 })).status).toBe(401);
    expect(await belay.store.highestGeneration()).toBe(before + 5);
    expect((await belay.store.inventoryInstance('h-4'))?.generation).toBe(before + 5);
  });

  it('never leads to a generation that can’t be asked for', async () => {
    const secret = await registered('h-6');
    const before = await belay.store.highestGeneration();
    for (let i = 1; i <= 30; i++) await beat('h-6', secret, { ...GOOD, generation: before + i * 100_000 });
    expect((await belay.store.highestGeneration()) - before).toBe(100_000);
    const { body } = await api.get('/deployments?before=999999999999999', { token: ADMIN });
    expect(body.deployments).toEqual([]);
    const late = await api.post('/deployments/a/b/1000000007/abort', { token: ADMIN });
    expect(late).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining('a/b/1000000007') } },
    });
    const events = await belay.store.events({});
    expect(events.filter(({ instance }) => instance === 'h-6').map(({ type }) => type)).toContain('generation_raised');
  });

  it.each([
    [{ ...GOOD, status: 4 }, 'status'],
    [{ ...GOOD, metrics: { cpu: 80 } }, 'metrics.cpu'],
    [{ ...GOOD, metrics: { success_rate: 1.01 } }, 'metrics.success_rate'],
    [{ ...GOOD, metrics: { response_time_ms: -1 } }, 'metrics.response_time_ms'],
    [{ status: 1, code_version: '1' }, 'configuration_version'],
    [{ ...GOOD, generation: -1 }, 'generation'],
    [{ ...GOOD, helth: 1 }, 'helth'],
  ])('%j is refused for its %s', async (body, field) => {
    const answer = await beat('h-1', 'any', body);
    expect(answer.status).toBe(422);
    expect(answer.body.error.fields).toContainEqual({ field, message: expect.stringContaining(field) });
  });

  it('of hundreds at once are all answered', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `crowd-${i}`);
    const secrets = await Promise.all(names.map((name) => registered(name, { crowd: 'yes' })));
    const rounds = await Promise.all([1, 2, 3].flatMap(() => names.map((name, i) => beat(name, secrets[i]!))));
    expect(rounds.filter(({ status }) => status !== 200)).toEqual([]);
    const { body } = await api.get('/inventory/instances?label=crowd=yes&status=1&limit=60', { token: ADMIN });
    expect(body.instances).toHaveLength(60);
    const rest = await api.get(`/inventory/instances?label=crowd=yes&limit=60&after=${body.next}`, { token: ADMIN });
    expect(rest.body).toMatchObject({ next: null, instances: { length: 40 } });
  });
});

describe('deciding about an instance', () => {
  it('excludes, includes and deletes it, and the event log says who did', async () => {
    await registered('d-1', { role: 'd' });
    const exclude = await api.post('/inventory/instances/d-1/exclude', { token: ADMIN, body: { reason: 'its disk' } });
    expect(exclude.body.excluded).toMatchObject({ by: 'dev', reason: 'its disk' });
    expect((await api.post('/inventory/instances/d-1/include', { token: ADMIN })).body.excluded).toBeNull();
    expect(await api.delete('/inventory/instances/d-1', { token: ADMIN })).toMatchObject({
      status: 200,
      body: { deleted: 'd-1' },
    });
    const gone = await api.get('/inventory/instances/d-1', { token: ADMIN });
    expect(gone).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    const events = (await belay.store.events({})).filter(({ instance }) => instance === 'd-1');
    expect(events.map(({ type, by }) => [type, by])).toEqual([
      ['registered', 'd-1'],
      ['instance_excluded', 'dev'],
      ['instance_included', 'dev'],
      ['instance_deleted', 'dev'],
    ]);
  });
});
