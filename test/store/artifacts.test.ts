import { Kysely, Migrator, PostgresDialect, sql } from 'kysely';
import { HEALTH } from '../../src/domain';
import { openStore, peekArtifactUses } from '../../src/store';
import { MIGRATIONS } from '../../src/store/migrations';
import { createPool } from '../../src/store/pool';
import { createTestDatabase } from '../support/postgres';
import { begin, NEW, OLD, useStore } from './builders';

const used = useStore();
const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const { HEALTHY } = HEALTH;

let serial = 0;
/** A deployment of one instance that brings a release with this artifact, to one that ran out of A. */
async function deployment(artifact: string | undefined) {
  const name = `web-${serial++}`;
  const release = { ...NEW, ...(artifact === undefined ? {} : { artifact }) };
  const begun = { names: [name], release, versions: { ...OLD, artifact: A } };
  const { generation, service } = await begin(used.store, begun);
  const running = async () => (await used.store.recorded(`/srv/${service}.json`, [name])).get(name)?.versions;
  return { name, service, generation, release, running };
}

it('keeps what an instance ran out of, and what it was brought', async () => {
  const { generation, release, running, name } = await deployment(B);
  const [member] = await used.store.members(generation);
  expect(member?.snapshot?.versions).toEqual({ ...OLD, artifact: A });
  expect(await running()).toEqual({ ...OLD, artifact: A });
  await used.store.recordState(generation, 0, { versions: release, health: HEALTHY });
  expect(await running()).toEqual({ ...NEW, artifact: B });
  const history = await used.store.instanceHistory({ instance: name });
  expect(history.map(({ versions }) => versions.artifact)).toEqual([B, A]);
});

it('takes what is not told for no change, and what is told otherwise for one', async () => {
  const { generation, running, name } = await deployment(B);
  const see = (artifact?: string) =>
    used.store.recordState(generation, 0, {
      versions: { ...OLD, ...(artifact === undefined ? {} : { artifact }) },
      health: HEALTHY,
    });
  await see();
  expect(await running()).toEqual({ ...OLD, artifact: A });
  await see(B);
  expect(await running()).toEqual({ ...OLD, artifact: B });
  await used.store.recordState(generation, 0, { versions: NEW, health: HEALTHY });
  expect(await running()).toEqual(NEW);
  await used.store.recordState(generation, 0, { health: HEALTH.FAILED });
  expect(await running()).toEqual(NEW);
  const history = await used.store.instanceHistory({ instance: name });
  expect(history.map(({ versions: { artifact } }) => artifact)).toEqual([undefined, B, A]);
});

it('tells what ran after a deployment, and what runs where', async () => {
  const { generation, name, service, release } = await deployment(B);
  expect(await used.store.stateAfter(generation)).toEqual(new Map([[name, { ...OLD, artifact: A }]]));
  await used.store.recordState(generation, 0, { versions: release, health: HEALTHY });
  expect(await used.store.stateAfter(generation)).toEqual(new Map([[name, release]]));
  expect(await used.store.running({ service })).toMatchObject([{ versions: release, instances: 1, mixed: false }]);
});

it('names who needs an artifact', async () => {
  const artifact = `sha256:${'c'.repeat(64)}`;
  const { generation, name, service } = await deployment(artifact);
  const uses = () => peekArtifactUses(used.database.url, artifact);
  expect(await uses()).toEqual([`test/${service}/${generation} brings it`]);
  await used.store.recordState(generation, 0, { versions: { ...NEW, artifact }, health: HEALTHY });
  expect(await uses()).toEqual([
    `test/${service}/${generation} brings it`,
    `${name} of test/${service} runs it, as far as is known`,
  ]);
});

it('is added to a database that has rows', async () => {
  const database = await createTestDatabase('empty');
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: createPool(database.url, 1) }) });
  const before = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < '0005'));
  await new Migrator({ db, provider: { getMigrations: async () => before } }).migrateToLatest();
  await sql
    .raw(
      `insert into inventory (name, ip, labels, secret_hash, unknown_after, code_version, configuration_version,
        desired_code_version, desired_configuration_version, desired_generation)
      values ('web-01', '10.0.0.1', '{"role": "web"}', 'x', '1 hour', '1.0.0', '1', '1.1.0', '2', 3);
      insert into instances (fleet, name, service, environment, code_version, configuration_version, health, generation,
        found) values ('inventory', 'web-01', 'web', 'test', '1.0.0', '1', 1, 2, false)`,
    )
    .execute(db);
  await db.destroy();
  const store = await openStore(database.url);
  const row = await store.inventoryInstance('web-01');
  expect(row?.versions).toEqual({ codeVersion: '1.0.0', configurationVersion: '1' });
  expect(row?.desired?.versions).toEqual({ codeVersion: '1.1.0', configurationVersion: '2' });
  expect((await store.recorded('inventory', ['web-01'])).get('web-01')?.versions).toEqual(row?.versions);
  await store.close();
  await database.drop();
});
