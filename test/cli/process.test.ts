import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Belay } from '../support/belay';
import { startClient } from '../support/client-process';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
let belay: Belay;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
});
afterAll(() => belay.shut());

const NAMES = ['web-01', 'web-02', 'web-03', 'web-04'];

/** A folder with the two files, and a way to run the client there. */
function place(name: string) {
  const cwd = join(folder.path, name);
  mkdirSync(cwd);
  const write = (file: string, content: unknown) =>
    writeFileSync(join(cwd, file), typeof content === 'string' ? content : JSON.stringify(content));
  const read = (file: string): unknown => JSON.parse(readFileSync(join(cwd, file), 'utf8'));
  write(
    'instances.json',
    NAMES.map((instance_id) => ({ instance_id, code_version: '1.0.0', configuration_version: '1' })),
  );
  write('desired.json', { code_version: '1.1.0', configuration_version: '2' });
  const start = (argv: string[], env: Record<string, string> = {}) =>
    startClient(argv, { cwd, env: { ...belay.environment, ...env } });
  return { cwd, write, read, start, run: (...argv: string[]) => start(argv).ended };
}

const FILES = ['--instances', 'instances.json', '--desired', 'desired.json'];

/** A deployment.yaml of a fleet that does nothing real. */
function yaml(service: string, rest: string): string {
  return `
service: ${service}
environment: e${process.pid}
release: { code_version: 1.1.0, configuration_version: 2 }
fleet: { file: instances.json }
${rest}
`;
}

const SIMULATED = 'driver: { type: simulated, latency: 1ms }';
const APPROVAL = `${SIMULATED}\nstrategy: { type: rolling, batch_size: 1 }\napprovals: [{ before_batch: 2 }]`;

describe('the two-file mode', () => {
  it('deploys and goes back', async () => {
    const here = place('two-files');
    const before = here.read('instances.json');

    const dry = await here.run('deploy', ...FILES, '--batch-size', '3', '--max-failures', '2', '--dry-run');
    expect(dry).toMatchObject({ exit: 0, stdout: expect.stringContaining('batch 1 of 2') });
    expect(here.read('instances.json')).toEqual(before);
    expect(existsSync(join(here.cwd, '.snapshot.json'))).toBe(false);

    const deployed = await here.run('deploy', ...FILES, '--batch-size', '3', '--max-failures', '2', '--json');
    expect(deployed.exit).toBe(0);
    expect(JSON.parse(deployed.stdout)).toMatchObject({
      environment: 'local',
      status: 'succeeded',
      success: true,
      simulated: true,
      updated: NAMES,
      failed: [],
      counts: { total: 4, succeeded: 4 },
      per_instance_history: { 'web-01': [{ attempt: 1, towards: 'release', ok: true }] },
    });
    expect(deployed.stderr).toContain('SIMULATED: NOTHING WAS CHANGED');
    expect(here.read('instances.json')).toMatchObject(NAMES.map(() => ({ code_version: '1.1.0' })));
    expect(here.read('.snapshot.json')).toMatchObject({ 'web-01': { code_version: '1.0.0', health: 'healthy' } });

    const back = await here.run('rollback', '--snapshot', '.snapshot.json', '--instances', 'instances.json');
    expect(back).toMatchObject({ exit: 0, stdout: expect.stringContaining('4 instances went back') });
    expect(here.read('instances.json')).toMatchObject(NAMES.map(() => ({ code_version: '1.0.0', health: 'healthy' })));

    const again = await here.run('rollback', '--snapshot', '.snapshot.json', '--instances', 'instances.json');
    expect(again).toMatchObject({ exit: 0, stdout: expect.stringContaining('nothing to roll back') });
  });

  it('counts paths from where npm was called', async () => {
    const here = place('init-cwd');
    const root = join(__dirname, '../..');
    const { exit, stdout } = await startClient(['plan', ...FILES], { cwd: root, env: { INIT_CWD: here.cwd } }).ended;
    expect({ exit, stdout }).toMatchObject({ exit: 0, stdout: expect.stringContaining(here.cwd) });
  });
});

describe('exit statuses', () => {
  it('3 after a trip, with the reasons', async () => {
    const here = place('trip');
    const failing = 'driver: { type: simulated, latency: 1ms, failures: { web-02: { kind: fail } } }';
    here.write('deployment.yaml', yaml('trip', `${failing}\nretry: { max_attempts: 1 }`));
    const tripped = await here.run('deploy', '-f', 'deployment.yaml');
    expect(tripped).toMatchObject({
      exit: 3,
      stdout: expect.stringContaining('1 of 4 instances failed; the limit is 0'),
    });
  });

  it('6 while it awaits an approval, 4 for a second one, 0 for messages, 130 for who detaches', async () => {
    const here = place('approval');
    here.write('deployment.yaml', yaml('approval', APPROVAL));
    const service = `e${process.pid}/approval`;
    const waiting = await here.run('deploy', '-f', 'deployment.yaml');
    expect(waiting).toMatchObject({ exit: 6, stdout: expect.stringContaining(`belay approve ${service}`) });

    const second = await here.run('deploy', '-f', 'deployment.yaml', '--json');
    expect(second.exit).toBe(4);
    expect(JSON.parse(second.stdout)).toMatchObject({
      error: { kind: 'refused', holder: expect.stringContaining(service) },
    });

    const watching = here.start(['watch', service]);
    await watching.wrote('waits for an approval');
    watching.child.kill('SIGINT');
    expect(await watching.ended).toMatchObject({ exit: 130, stderr: expect.stringContaining('goes on') });

    expect(await here.run('approve', service, '--reason', 'fine')).toMatchObject({ exit: 0 });
    expect(await here.run('watch', service)).toMatchObject({ exit: 0, stdout: expect.stringContaining('succeeded') });
    expect(await here.run('approve', service)).toMatchObject({ exit: 4, stderr: expect.stringContaining('has ended') });
    expect(await here.run('rollback', service)).toMatchObject({ exit: 0 });
    const shown = await here.run('show', service, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'rolled_back', names: { rolled_back: NAMES } });
  });

  it('5 within 10 s when a configured server is away, and what to check', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const at = silent.address();
    if (at === null || typeof at === 'string') throw new Error('it listens nowhere');
    const here = place('away');
    const [closed, mute, database] = await Promise.all([
      here.start(['status'], { TEMPORAL_ADDRESS: '127.0.0.1:1' }).ended,
      here.start(['status'], { TEMPORAL_ADDRESS: `127.0.0.1:${at.port}` }).ended,
      here.start(['status'], { DATABASE_URL: 'postgres://ann:sekret@127.0.0.1:1/belay' }).ended,
    ]);
    silent.close();
    for (const { exit, stderr } of [closed, mute]) {
      expect({ exit, stderr }).toMatchObject({ exit: 5, stderr: expect.stringContaining('TEMPORAL_ADDRESS') });
    }
    expect(mute.ms).toBeLessThan(15_000);
    expect(database).toMatchObject({ exit: 5, stderr: expect.stringContaining('DATABASE_URL') });
    expect(database.stderr).not.toContain('sekret');
  });
});

it('a reader that has seen enough is no error', async () => {
  const here = place('epipe');
  const listing = here.start(['history']);
  listing.child.stdout?.destroy();
  const { exit, stderr } = await listing.ended;
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
});
