import { readFileSync, writeFileSync } from 'node:fs';
import { Belay, uniqueService } from '../support/belay';
import { startClient } from '../support/client-process';
import { temporaryFolder } from '../support/files';
import { Sshd } from '../support/sshd';

const folder = temporaryFolder();
const { environment, service } = uniqueService();
let sshd: Sshd;
let belay: Belay;

/** Brings its versions into a file that health is read from; version 6.6.6 is bad. */
const UPDATE = `
[ "$TOKEN" = "it's secret" ] || exit 9
echo "$INSTANCE_ID $GENERATION $CODE_VERSION with $TOKEN" >>ledger
if [ "$CODE_VERSION" = 6.6.6 ]; then echo "no $TOKEN fits" >&2; exit 1; fi
echo "{\\"version\\":\\"$CODE_VERSION\\",\\"config\\":\\"$CONFIGURATION_VERSION\\"}" >"$INSTANCE_ID.next"
mv "$INSTANCE_ID.next" "$INSTANCE_ID.json"
echo "brought $INSTANCE_ID to $CODE_VERSION"`;

beforeAll(async () => {
  process.env['BELAY_TEST_TOKEN'] = "it's secret";
  [sshd, belay] = await Promise.all([Sshd.start(), Belay.open()]);
  sshd.script('srv/update.sh', UPDATE);
  sshd.script('srv/health.sh', 'cat "$INSTANCE_ID.json"');
  for (const name of ['web-01', 'web-02']) sshd.put(`srv/${name}.json`, '{"version":"1.0.0","config":"1"}\n');
  const listed = ['web-01', 'web-02'].map((instance_id) => ({
    instance_id,
    code_version: '1.0.0',
    configuration_version: '1',
    address: '127.0.0.1:8080',
  }));
  writeFileSync(`${folder.path}/instances.json`, JSON.stringify(listed));
  await belay.work();
});
afterAll(async () => {
  delete process.env['BELAY_TEST_TOKEN'];
  await belay.shut();
  await sshd.stop();
});

const describeRelease = (version: string) =>
  folder.write(
    `${version}.yaml`,
    `service: ${service}
environment: ${environment}
release: { code_version: ${version}, configuration_version: '2' }
fleet: { file: instances.json }
driver:
  type: ssh
  update: [./update.sh, a b]
  user: ${sshd.user}
  port: ${sshd.port}
  directory: ~/srv
  private_key_file: ${sshd.keyFile}
  known_hosts_file: ${sshd.knownHosts}
  env: { TOKEN: "\${env:BELAY_TEST_TOKEN}" }
  health: { type: command, run: [./health.sh], timeout: 60s, code_version: version, configuration_version: config }
strategy: { type: rolling, batches: [1] }
retry: { max_attempts: 1 }
timeouts: { instance: 2m, health: 2m }
min_healthy_time: 100ms
health_interval: 1s
`,
  );

async function belayed(...argv: string[]) {
  const env = { ...belay.environment, BELAY_STATE_DIR: `${folder.path}/state` };
  return startClient(argv, { cwd: folder.path, env }).ended;
}

const versions = () =>
  ['web-01', 'web-02'].map(
    (name) => (JSON.parse(readFileSync(`${sshd.home}/srv/${name}.json`, 'utf8')) as { version: string }).version,
  );

it('plans, deploys, and takes a bad release back, over ssh', async () => {
  const plan = await belayed('plan', '-f', describeRelease('1.1.0'));
  expect(plan.stdout).toContain(`runs     ./update.sh "a b"
           over ssh as ${sshd.user}, port ${sshd.port}, on the host of each instance's address
           once per instance, without a shell, in ~/srv
           with INSTANCE_ID, `);
  expect(plan.stdout).toContain(
    'health   ./health.sh on its host ends with 0 within 1m; versions from version and config',
  );

  const good = await belayed('deploy', '-f', describeRelease('1.1.0'), '--json');
  expect(good.exit).toBe(0);
  expect(JSON.parse(good.stdout)).toMatchObject({ status: 'succeeded', driver: 'ssh', updated: ['web-01', 'web-02'] });
  expect(versions()).toEqual(['1.1.0', '1.1.0']);

  const bad = await belayed('deploy', '-f', describeRelease('6.6.6'), '--json');
  expect(bad.exit).toBe(3);
  expect(JSON.parse(bad.stdout)).toMatchObject({ status: 'rolled_back', rolled_back: ['web-01'] });
  expect(versions()).toEqual(['1.1.0', '1.1.0']);

  const ledger = readFileSync(`${sshd.home}/srv/ledger`, 'utf8').trim().split('\n');
  expect(ledger.map((line) => line.split(' ')[2])).toEqual(['1.1.0', '1.1.0', '6.6.6', '1.1.0']);
  const highest = ledger.at(-1)?.split(' ')[1];
  expect(readFileSync(`${sshd.home}/.belay/${environment}/${service}/web-01`, 'utf8')).toBe(`${highest}\n`);

  const logs = await belayed('logs', (JSON.parse(bad.stdout) as { id: string }).id);
  expect(logs.stdout).toContain('no [redacted] fits');
  for (const { stdout, stderr } of [plan, good, bad, logs]) expect(stdout + stderr).not.toContain("it's secret");
});
