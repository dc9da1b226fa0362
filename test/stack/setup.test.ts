import { Connection } from '@temporalio/client';
import { examine } from '../../src/stack/doctor';
import { setUpServers } from '../../src/stack/setup';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { testTemporalAddress } from '../support/temporal';

let database: TestDatabase;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  database = await createTestDatabase('empty');
  const namespace = `setup-${process.pid}`;
  env = {
    PATH: process.env.PATH,
    BELAY_STATE_DIR: '/nowhere/belay',
    TEMPORAL_ADDRESS: testTemporalAddress(),
    TEMPORAL_NAMESPACE: namespace,
    DATABASE_URL: database.url,
  };
  const connection = await Connection.connect({ address: testTemporalAddress() });
  const retention = { seconds: 86_400 as never };
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention });
  await connection.close();
});
afterAll(() => database.drop());

describe('servers that are there', () => {
  it('are told apart by doctor, and made ready by setup, as often as one likes', async () => {
    expect(await stateOf('search attributes', 'tables', 'worker')).toEqual(['failed', 'failed', 'failed']);
    const said: string[] = [];
    await setUpServers((text) => said.push(text), env);
    expect(said.join('\n')).toContain('registered BelayService');
    expect(said.join('\n')).not.toContain(new URL(database.url).password);
    await setUpServers((text) => said.push(text), env);
    expect(await stateOf('Temporal', 'search attributes', 'PostgreSQL', 'tables', 'clock')).toEqual(
      Array(5).fill('ok'),
    );
  });

  it('are asked for by name when they are not configured', async () => {
    const half = { ...env, DATABASE_URL: undefined };
    await expect(setUpServers(() => {}, half)).rejects.toMatchObject({
      name: 'InputError',
      problems: [{ message: expect.stringContaining('DATABASE_URL is not set') }],
    });
  });

  it('that do not answer fail a check that says what to look at', async () => {
    const wrong = {
      ...env,
      BELAY_STATE_DIR: '/dev/null/belay',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      DATABASE_URL: 'postgres://belay:secret@127.0.0.1:1/belay',
    };
    const checks = await examine(wrong);
    const bad = checks.filter(({ state }) => state === 'failed');
    expect(bad.map(({ name }) => name)).toEqual(expect.arrayContaining(['state folder', 'PostgreSQL', 'Temporal']));
    expect(bad.every(({ remedy }) => remedy !== undefined)).toBe(true);
    expect(JSON.stringify(checks)).not.toContain('secret');
    expect(JSON.stringify(checks)).not.toContain('belay doctor');
  });
});

async function stateOf(...names: string[]): Promise<(string | undefined)[]> {
  const checks = await examine(env);
  return names.map((name) => checks.find((check) => check.name === name)?.state);
}
