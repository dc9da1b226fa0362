import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { HEALTH } from '../../src/domain';
import { CommandDriver } from '../../src/drivers/target/command';
import type { TargetInstance } from '../../src/drivers/target/driver';
import { Workshop, calm, change, eventually, instance } from './target/fixtures';

/** The example's update command: what docs/update-command.md promises of it. */
const EXAMPLE = path.resolve(__dirname, '../../examples/local-fleet');
const run = promisify(execFile);

interface Row {
  instance_id: string;
  address: string;
  version?: string;
  status?: string;
}

let workshop: Workshop;
let row: Row;

beforeAll(async () => {
  workshop = await Workshop.open();
  row = (await fleet('up', '--count', '1'))[0] as Row;
});
afterAll(async () => {
  await fleet('down', '--purge');
  await workshop.close();
});

async function fleet(...args: string[]): Promise<Row[]> {
  const { stdout } = await run('node', [
    path.join(EXAMPLE, 'fleet.mjs'),
    ...args,
    '--json',
    '--dir',
    workshop.directory,
  ]);
  const document = JSON.parse(stdout) as Row[] | { instances?: Row[] };
  return Array.isArray(document) ? document : (document.instances ?? []);
}

async function ledger(): Promise<string[]> {
  return (await readFile(workshop.file('web-01/ledger'), 'utf8')).trim().split('\n');
}

function update(generation: number, version: string) {
  const env = {
    PATH: process.env['PATH'],
    FLEET_DIR: workshop.directory,
    INSTANCE_ID: row.instance_id,
    INSTANCE_ADDRESS: row.address,
    GENERATION: String(generation),
    CODE_VERSION: version,
    CONFIGURATION_VERSION: '1',
    DRAIN_SECONDS: '0',
  };
  const child = spawn(path.join(EXAMPLE, 'update.sh'), { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise<{ status: number | null; said: string }>((resolve) =>
    child.once('exit', (status) => resolve({ status, said })),
  );
  return { ended, kill: () => process.kill(-(child.pid as number), 'SIGKILL') };
}

const answering = (version: string): Promise<Row> =>
  eventually(async () => (await fleet('status')).find((each) => each.version === version));

it('brings an instance to a release by the command driver, and health tells', async () => {
  const driver = new CommandDriver(
    workshop.spec({
      directory: EXAMPLE,
      env: { FLEET_DIR: workshop.directory },
      health: {
        kind: 'http',
        path: '/health',
        expectStatus: 200,
        connectTimeoutMs: 10_000,
        timeoutMs: 20_000,
        codeVersion: 'version',
        configurationVersion: 'config',
      },
    }),
    process.env,
  );
  await driver.check();
  const target: TargetInstance = instance({ name: row.instance_id, address: row.address });
  const look = () =>
    eventually(async () => {
      const probe = await driver.probe(target, calm());
      return probe.kind === 'answered' ? probe : undefined;
    });
  expect(await look()).toMatchObject({ health: HEALTH.HEALTHY, codeVersion: '1.0.0', configurationVersion: '1' });
  expect(await driver.change(change({ instance: target, generation: 3 }), calm())).toMatchObject({ kind: 'done' });
  expect(await look()).toMatchObject({ health: HEALTH.HEALTHY, codeVersion: '1.1.0', configurationVersion: '2' });
  const bad = { codeVersion: '1.2.0', configurationVersion: '2' };
  await driver.change(change({ instance: target, generation: 4, target: bad }), calm());
  expect(await look()).toMatchObject({ health: HEALTH.FAILED, codeVersion: '1.2.0', reason: 'status 503, wanted 200' });
});

it('fences off what is stale, and does nothing twice', async () => {
  await update(10, '1.1.0').ended;
  expect(await update(10, '1.1.0').ended).toMatchObject({ status: 0 });
  expect(await update(9, '1.0.0').ended).toEqual({
    status: 1,
    said: 'web-01: generation 9 is stale: this instance has seen generation 10\n',
  });
  expect(await update(10, '1.0.0').ended).toMatchObject({ status: 1 });
  expect((await ledger()).filter((line) => /^(9|10) /.test(line))).toEqual(['10 1.1.0 1']);
  await answering('1.1.0');
});

it('bears to be run many times at once', async () => {
  const ends = await Promise.all(Array.from({ length: 6 }, () => update(20, '1.0.0').ended));
  expect(ends.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 0]);
  expect((await ledger()).filter((line) => line.startsWith('20 '))).toEqual(['20 1.0.0 1']);
  await answering('1.0.0');
});

it('bears to be killed at any point: run again, it ends as it should', async () => {
  for (let round = 0; round < 25; round++) {
    const version = round % 2 === 0 ? '1.1.0' : '1.0.0';
    const cut = update(100 + round, version);
    await Promise.race([cut.ended, new Promise((resolve) => setTimeout(resolve, 3 * round))]);
    try {
      cut.kill();
    } catch {
      // It was quicker.
    }
    await cut.ended;
    // Every third is not run again: a newer deployment comes along.
    if (round % 3 !== 2) expect(await update(100 + round, version).ended).toEqual({ status: 0, said: '' });
  }
  const generations = (await ledger()).map((line) => Number(line.split(' ')[0])).filter((each) => each >= 100);
  expect(generations).toEqual([...new Set(generations)].sort((a, b) => a - b));
  expect(generations).toEqual(expect.arrayContaining([100, 101, 103, 104, 124]));
  await answering('1.1.0');
});

it('comes up again as it was, on the same port', async () => {
  await fleet('down');
  expect(await update(200, '1.0.0').ended).toMatchObject({ status: 1, said: expect.stringContaining('is down') });
  expect(await fleet('status')).toMatchObject([{ status: 'not running' }]);
  expect(await fleet('up', '--count', '1', '--version', '1.2.0')).toMatchObject([
    { address: row.address, code_version: '1.1.0' },
  ]);
  expect(await fleet('status')).toMatchObject([{ version: '1.1.0', status: 'ok' }]);
});
