import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeEndpoints } from '../../src/stack/endpoints';
import { freePort } from '../../src/stack/ports';
import { findWay } from '../../src/stack/way';
import { testTemporalAddress } from '../support/temporal';

const RUNNING_DATABASE = 'postgres://belay@127.0.0.1:1/belay';
const NO_PROFILE = { TEMPORAL_CONFIG_FILE: '/nowhere' };

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'belay-way-'));
});
afterEach(() => {
  rmSync(stateDir, { recursive: true, force: true });
});

/** A stack that runs from the state folder, as far as anybody who looks can tell. */
function running(): void {
  writeEndpoints(stateDir, {
    temporal: testTemporalAddress(),
    namespace: 'default',
    web_ui: null,
    database_url: RUNNING_DATABASE,
    task_queue: 'belay',
    host: process.pid,
    started_at: new Date().toISOString(),
  });
}

const wayWith = (env: NodeJS.ProcessEnv) => findWay({ host: true, stateDir, env: { ...NO_PROFILE, ...env } });

describe('half of a configuration, beside a stack that runs', () => {
  it('goes to the stack when it names the same server', async () => {
    running();
    for (const env of [{}, { TEMPORAL_ADDRESS: testTemporalAddress() }, { DATABASE_URL: RUNNING_DATABASE }]) {
      const way = await wayWith(env);
      expect(way).toMatchObject({ hosted: false, databaseUrl: RUNNING_DATABASE });
      await way.close();
    }
  });

  it('is never passed over: not a Temporal that is away', async () => {
    running();
    const address = `127.0.0.1:${await freePort()}`;
    await expect(wayWith({ TEMPORAL_ADDRESS: address })).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringContaining(`${address} (from TEMPORAL_ADDRESS)`),
    });
  });

  it('nor another Temporal', async () => {
    running();
    const [, port] = testTemporalAddress().split(':');
    await expect(wayWith({ TEMPORAL_ADDRESS: `localhost:${port}` })).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringMatching(/TEMPORAL_ADDRESS names localhost:\d+, .* uses 127\.0\.0\.1:\d+/),
      check: expect.arrayContaining([expect.stringContaining('DATABASE_URL')]),
    });
  });

  it('nor another database, of which no password is told', async () => {
    running();
    const refusal = wayWith({ DATABASE_URL: 'postgres://ann:sekret@db/belay' });
    await expect(refusal).rejects.toMatchObject({ message: expect.stringContaining('DATABASE_URL') });
    await expect(refusal).rejects.not.toMatchObject({ message: expect.stringContaining('sekret') });
  });
});

it('starts nothing for a configured Temporal that is away', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  await expect(wayWith({ TEMPORAL_ADDRESS: address })).rejects.toMatchObject({ name: 'Unreachable' });
  expect(readdirSync(stateDir)).toEqual([]);
});
