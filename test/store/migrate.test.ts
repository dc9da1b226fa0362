import { Client } from 'pg';
import { migrate, openStore, peekRecorded, StoreTooNew } from '../../src/store';
import { MIGRATIONS } from '../../src/store/migrations';
import { createTestDatabase, type TestDatabase } from '../support/postgres';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase('empty');
});
afterEach(() => database.drop());

async function ask(sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

it('is done once, when many start on an empty database at once', async () => {
  const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(database.url, { max: 2 })));
  const requests = await Promise.all(stores.map((store) => store.deployments({})));
  await Promise.all(stores.map((store) => store.close()));
  expect(requests).toEqual(stores.map(() => []));
  expect(await ask('select name from kysely_migration order by name')).toEqual(
    Object.keys(MIGRATIONS).map((name) => ({ name })),
  );
});

it('changes nothing the second time', async () => {
  await migrate(database.url);
  const before = await ask('select * from kysely_migration');
  await migrate(database.url);
  expect(await ask('select * from kysely_migration')).toEqual(before);
});

it('refuses a database of a newer Belay', async () => {
  await migrate(database.url);
  await ask(`insert into kysely_migration values ('9999-later', 'then')`);
  await expect(openStore(database.url)).rejects.toThrow(StoreTooNew);
  await expect(openStore(database.url)).rejects.toThrow('newer Belay (it has had 9999-later)');
});

it('is not done for those who only look: an empty database stays empty', async () => {
  expect(await peekRecorded(database.url, '/srv/instances.json', ['web-01'])).toEqual(new Map());
  expect(await ask("select table_name from information_schema.tables where table_schema = 'public'")).toEqual([]);
});
