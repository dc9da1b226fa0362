import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ApiProcess } from '../support/api-process';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { startClient } from '../support/client-process';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
const CONTENT = 'what a release comes in';
const DIGEST = `sha256:${createHash('sha256').update(CONTENT).digest('hex')}`;

/** A machine with a state folder of its own, where nothing runs. */
function machine(name: string, env: Record<string, string> = {}) {
  const cwd = join(folder.path, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'web.tar.gz'), CONTENT);
  const environment = { BELAY_STATE_DIR: join(cwd, 'state'), ...env };
  return { cwd, run: (...argv: string[]) => startClient(argv, { cwd, env: environment }).ended };
}

it('is pushed, listed and deleted where nothing runs', async () => {
  const { cwd, run } = machine('alone');
  expect(await run('artifact', 'list')).toMatchObject({
    exit: 0,
    stdout: expect.stringContaining('Nothing is stored'),
  });
  expect(await run('artifact', 'push', 'web.tar.gz')).toMatchObject({ exit: 0, stdout: `${DIGEST}\n` });
  const again = await run('artifact', 'push', 'web.tar.gz', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ digest: DIGEST, size: CONTENT.length, existed: true });
  expect(readdirSync(join(cwd, 'state/artifacts'))).toEqual([DIGEST.slice('sha256:'.length)]);
  const listed = await run('artifact', 'list', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject([{ digest: DIGEST, size: CONTENT.length }]);
  expect(await run('artifact', 'delete', DIGEST.slice('sha256:'.length))).toMatchObject({ exit: 0 });
  expect(await run('artifact', 'delete', DIGEST)).toMatchObject({
    exit: 4,
    stderr: expect.stringContaining('no artifact'),
  });
});

it('says what it does not take, and where that is', async () => {
  const { cwd, run } = machine('limits', { BELAY_CONFIG: 'belay.yaml' });
  writeFileSync(join(cwd, 'belay.yaml'), 'artifacts: { dir: kept, max_size: 10B }\n');
  writeFileSync(join(cwd, 'empty'), '');
  const refused: [string, string][] = [
    ['web.tar.gz', 'larger than 10 B; artifacts.max_size of belay.yaml allows more'],
    ['empty', 'it is empty'],
    ['.', 'is not a file; pack a folder with'],
    ['gone', "gone: doesn't exist"],
  ];
  for (const [file, words] of refused) {
    const { exit, stderr } = await run('artifact', 'push', file);
    expect([exit, stderr]).toEqual([2, expect.stringContaining(words)]);
  }
  expect(readdirSync(join(cwd, 'kept'))).toEqual([]);
});

it('is refused to a deployment before anything begins while it is not there, and kept while it is needed', async () => {
  const belay = await Belay.open();
  await belay.work();
  const { cwd, run } = machine('deployed', { ...belay.environment, BELAY_ACTOR: 'ann' });
  writeFileSync(
    join(cwd, 'instances.json'),
    JSON.stringify([{ instance_id: 'web-01', code_version: '1.0.0', configuration_version: '1' }]),
  );
  writeFileSync(join(cwd, 'update.sh'), '#!/bin/sh\necho "$BELAY_ARTIFACT" >brought\n', { mode: 0o755 });
  writeFileSync(
    join(cwd, 'deployment.yaml'),
    `service: artifact-${process.pid}
environment: test
release: { code_version: 1.1.0, configuration_version: 2, artifact: "${DIGEST}" }
fleet: { file: instances.json }
driver: { type: command, update: [./update.sh], health: { type: command, run: ["true"] } }
min_healthy_time: 0s
`,
  );
  const missing = await run('deploy', '-f', 'deployment.yaml');
  expect(missing).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('push it first: `belay artifact push FILE`'),
  });
  expect((await run('plan', '-f', 'deployment.yaml')).stderr).toContain('push it first');
  expect(await belay.store.deployments({})).toEqual([]);

  await run('artifact', 'push', 'web.tar.gz');
  const deployed = await run('deploy', '-f', 'deployment.yaml', '--json');
  expect(JSON.parse(deployed.stdout)).toMatchObject({ success: true, release: { artifact: DIGEST } });
  expect((await run('status', `test/artifact-${process.pid}`)).stdout).toContain(DIGEST.slice(0, 19));
  const needed = await run('artifact', 'delete', DIGEST);
  expect(needed).toMatchObject({ exit: 4, stderr: expect.stringContaining('web-01 of test/artifact-') });
  expect(await run('artifact', 'delete', DIGEST, '--force')).toMatchObject({ exit: 0 });
  const noted = (await belay.store.events({})).filter(({ type }) => type.startsWith('artifact_'));
  expect(noted).toMatchObject([
    { type: 'artifact_pushed', by: 'ann' },
    { type: 'artifact_deleted', by: 'ann', reason: `${DIGEST}, by force` },
  ]);
  await belay.shut();
});

describe('through an API', () => {
  let belay: Belay;
  let api: ApiProcess;
  beforeAll(async () => {
    belay = await Belay.open();
    mkdirSync(join(folder.path, 'there'));
    api = await ApiProcess.start(belay, join(folder.path, 'there'), {
      yaml: 'artifacts: { dir: kept, max_size: 1MiB }\n',
    });
  });
  afterAll(async () => {
    await api.stop();
    await belay.shut();
  });
  const kept = () => readdirSync(join(folder.path, 'there/kept'));

  it('is pushed there, listed and deleted, and nothing is written here', async () => {
    const { cwd, run } = machine('away', await api.environment('ann'));
    expect(await run('artifact', 'list')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('Nothing is stored'),
    });
    expect(await run('artifact', 'push', 'web.tar.gz')).toMatchObject({ exit: 0, stdout: `${DIGEST}\n` });
    expect(kept()).toEqual([DIGEST.slice('sha256:'.length)]);
    const again = await run('artifact', 'push', 'web.tar.gz', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ digest: DIGEST, size: CONTENT.length, existed: true });
    const listed = await run('artifact', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ digest: DIGEST, size: CONTENT.length }]);
    expect(await run('artifact', 'delete', DIGEST)).toMatchObject({ exit: 0 });
    expect(await run('artifact', 'delete', DIGEST)).toMatchObject({
      exit: 4,
      stderr: expect.stringContaining('no artifact'),
    });
    expect(existsSync(join(cwd, 'nowhere'))).toBe(false);
  });

  it('is refused in the words of the API', async () => {
    const { cwd, run } = machine('refused', await api.environment('bob', 'operator'));
    writeFileSync(join(cwd, 'large'), Buffer.alloc(8 * 1024 ** 2));
    writeFileSync(join(cwd, 'empty'), '');
    for (const [argv, exit, words] of [
      [['push', 'large'], 2, 'larger than 1 MiB'],
      [['push', 'empty'], 2, 'is empty'],
      [['delete', DIGEST], 4, 'this takes the role admin'],
    ] as const) {
      const answer = await run('artifact', ...argv);
      expect([answer.exit, answer.stderr]).toEqual([exit, expect.stringContaining(words)]);
    }
    expect(kept()).toEqual([]);
  });

  it('is kept from deletion there while a deployment needs it', async () => {
    const { run } = machine('needed', await api.environment('carl'));
    await run('artifact', 'push', 'web.tar.gz');
    await belay.work();
    const release = { codeVersion: '1.1.0', configurationVersion: '2', artifact: DIGEST };
    const approvals = [{ beforeBatch: 1, onTimeout: 'pause' as const }];
    await belay.artifacts.put(Readable.from([Buffer.from(CONTENT)]));
    const { id } = await belay.control.start(
      simulatedOrder(folder.path, uniqueService(), ['a'], { release, approvals }),
    );
    await belay.until(id, ({ status }) => status === 'awaiting_approval');
    expect(await run('artifact', 'delete', DIGEST)).toMatchObject({
      exit: 4,
      stderr: expect.stringContaining(`${id} brings it`),
    });
    expect(await run('artifact', 'delete', DIGEST, '--force')).toMatchObject({ exit: 0 });
  });

  it('is refused to whoever holds for some services only, for it may be that of others', async () => {
    const { run } = machine('some', await api.environment('dora', 'admin', { services: ['web'] }));
    expect(await run('artifact', 'delete', DIGEST, '--force')).toMatchObject({
      exit: 4,
      stderr: expect.stringContaining('takes a token for all'),
    });
  });
});
