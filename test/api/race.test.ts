import { Pool } from 'pg';
import { ADMIN, TestApi, type Answer } from '../support/api';
import { Belay, uniqueService } from '../support/belay';
import { Crowd } from '../support/crowd';

const token = ADMIN;
const OLD = { code_version: '1.0.0', configuration_version: '1' };
const NEW = { code_version: '1.1.0', configuration_version: '2' };
const configuration = { min_healthy_time: '0s', health_timeout: '5m', batch_size: 10 };

let belay: Belay;
let api: TestApi;
let database: Pool;
let crowds: Crowd[] = [];
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  await belay.work();
  api = await TestApi.open(belay);
  database = new Pool({ connectionString: belay.environment.DATABASE_URL, max: 1 });
});
afterEach(async () => {
  await Promise.all(crowds.map((each) => each.end()));
  crowds = [];
});
afterAll(async () => {
  await database.end();
  await api.close();
  await belay.shut();
});

/** A crowd that does nothing about what it is told until `held` is false. */
function waiting(): Crowd {
  const crowd = new Crowd(api, 200);
  crowd.held = true;
  crowds.push(crowd);
  return crowd;
}

const statusesOf = (answers: Answer[]) => [...new Set(answers.map(({ status }) => status))].sort();

it('begins one of 200 deployments of a service that are asked for at once, and tells the rest which', async () => {
  const { service } = uniqueService();
  const crowd = waiting();
  await crowd.join(`${service}-1`, OLD);
  const body = { ...NEW, labels: crowd.labels, service, configuration };
  const answers = await Promise.all(Array.from({ length: 200 }, () => api.post('/deploy', { token, body })));
  expect(statusesOf(answers)).toEqual([201, 409]);
  const [begun, ...more] = answers.filter(({ status }) => status === 201);
  expect(more).toEqual([]);
  const { id } = begun!.body;
  for (const { body: refused } of answers.filter(({ status }) => status === 409)) {
    expect(refused).toMatchObject({ error: { code: 'refused', holder: id, message: expect.stringContaining(id) } });
  }
  crowd.held = false;
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded', counts: { total: 1, succeeded: 1 } });
  expect(await belay.control.history({ service })).toHaveLength(1);
}, 300_000);

it('never has an instance in two of 10 services that are deployed 40 times at once, by labels that overlap', async () => {
  const { service } = uniqueService();
  const crowd = waiting();
  const services = Array.from({ length: 10 }, (_, i) => ({ name: `${service}-${i}`, label: `of-${i}` }));
  // A ring: each instance carries the labels of two neighbours.
  for (const [i, { label }] of services.entries()) {
    const next = services[(i + 1) % services.length]!.label;
    await crowd.join(`${service}-i${i}`, OLD, { [label]: 'yes', [next]: 'yes' });
  }
  const asked = Array.from({ length: 40 }, (_, i) => services[i % services.length]!);
  const answers = await Promise.all(
    asked.map(({ name, label }) => {
      const body = { ...NEW, labels: { ...crowd.labels, [label]: 'yes' }, service: name, configuration };
      return api.post('/deploy', { token, body });
    }),
  );
  expect(statusesOf(answers)).toEqual([201, 409]);
  const begun = answers.filter(({ status }) => status === 201).map(({ body }) => body);
  // Whoever came first is in flight, and no more than every other service of the ring can be.
  expect(begun.length).toBeGreaterThan(0);
  expect(begun.length).toBeLessThanOrEqual(services.length / 2);

  const { rows } = await database.query<{ name: string; generation: string; held: string | null }>(
    `select m.name, m.generation, c.generation as held from members m
     left join claims c on c.name = m.name and c.fleet not like '/%' where m.generation = any($1::bigint[])`,
    [begun.map(({ generation }) => generation)],
  );
  expect(rows).toHaveLength(begun.length * 2);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  for (const { generation, held } of rows) expect(held).toBe(generation);

  const ids = begun.map(({ id }) => id);
  for (const [i, { status, body }] of answers.entries()) {
    if (status !== 409) continue;
    // One of the same service that is just beginning, and may be refused itself, has no number yet.
    expect([...ids, `default/${asked[i]!.name}`]).toContain(body.error.holder);
    expect(body.error.message).toContain(body.error.holder);
  }

  crowd.held = false;
  for (const id of ids) expect((await belay.ended(id)).status).toBe('succeeded');
  const generations = new Set(begun.map(({ generation }) => generation));
  for (const [name, told] of crowd.told) {
    expect([name, told.length, told.every((each) => generations.has(each))]).toEqual([name, 1, true]);
  }
}, 300_000);
