import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readDeploymentFile } from '../../src/schemas';
import { INIT_TEMPLATE } from '../../src/schemas/init-template';
import { temporaryFolder } from '../support/files';
import { inputErrorOf } from '../support/rejection';

const folder = temporaryFolder();
folder.write('instances.json', [{ instance_id: 'web-01', code_version: '1', configuration_version: '1' }]);

const LEAST = `service: web
environment: production
release: { code_version: 1.5.0, configuration_version: 12 }
fleet: { file: instances.json }
driver: { type: simulated }
`;

const COMMAND = `service: web
environment: production
release: { code_version: 1.5.0, configuration_version: 12 }
fleet: { file: instances.json }
driver:
  type: command
  update: [./update.sh]
  health: { type: http, path: /health }
`;

const SSH = COMMAND.replace('type: command', 'type: ssh\n  user: deploy');

let files = 0;
function read(text: string | Buffer) {
  return readDeploymentFile(folder.write(`${++files}.yaml`, text));
}

describe('a deployment.yaml that is right', () => {
  it('has the defaults', async () => {
    expect(await read(LEAST)).toEqual({
      service: 'web',
      environment: 'production',
      release: { codeVersion: '1.5.0', configurationVersion: '12' },
      metadata: {},
      fleet: { kind: 'file', path: path.join(folder.path, 'instances.json') },
      selection: { only: [], exclude: [], first: [] },
      unreachable: 'refuse',
      driver: { kind: 'simulated', latencyMs: 200, failures: {} },
      strategy: {
        kind: 'rolling',
        batching: {
          kind: 'batches',
          sizes: [
            { kind: 'count', count: 1 },
            { kind: 'percent', percent: 25 },
          ],
          pauseBetweenMs: 0,
        },
        bakeMs: 0,
      },
      maxFailures: { kind: 'count', count: 0 },
      failedInstances: 'leave',
      onFailure: 'rollback',
      retry: { maxAttempts: 3, initialIntervalMs: 1_000, backoff: 2, maxIntervalMs: 30_000 },
      timeouts: { instanceMs: 300_000, healthMs: 60_000 },
      minHealthyMs: 0,
      healthIntervalMs: 10_000,
      approvals: [],
      order: { kind: 'name' },
      force: false,
      snapshotFile: path.join(folder.path, '.snapshot.json'),
    });
  });

  it('has its command, health and everything else as written', async () => {
    const spec = await read(`${COMMAND}  env: { TOKEN: "\${env:DEPLOY_TOKEN}", PORT: 8080 }
strategy: { type: rolling, window: 5, bake: 1h30m }
max_failures: 12.5%
rollback: { batch_size: 25% }
timeouts: { deployment: 1h }
approvals: [{ before_batch: 1, timeout: 4h, on_timeout: reject }]
order: { label: zone }
metadata: { commit: 1e10 }
`);
    expect(spec.driver).toMatchObject({
      directory: folder.path,
      env: { TOKEN: '${env:DEPLOY_TOKEN}', PORT: '8080' },
      health: { kind: 'http', path: '/health', expectStatus: 200 },
    });
    expect(spec).toMatchObject({
      strategy: { batching: { kind: 'window', size: { kind: 'count', count: 5 } }, bakeMs: 5_400_000 },
      maxFailures: { kind: 'percent', percent: 12.5 },
      rollbackBatchSize: { kind: 'percent', percent: 25 },
      timeouts: { deploymentMs: 3_600_000 },
      approvals: [{ beforeBatch: 1, timeoutMs: 14_400_000, onTimeout: 'reject' }],
      order: { kind: 'label', label: 'zone' },
      metadata: { commit: '1e10' },
      minHealthyMs: 10_000,
    });
  });

  it('reaches hosts over ssh, with paths of the worker and of the hosts told apart', async () => {
    const least = {
      kind: 'ssh',
      update: ['./update.sh'],
      user: 'deploy',
      port: 22,
      directory: '~',
      knownHostsFile: '~/.ssh/known_hosts',
      connectTimeoutMs: 10_000,
      fenceDirectory: '~/.belay',
      env: {},
      health: { kind: 'http' },
    };
    expect((await read(SSH)).driver).toMatchObject(least);
    const more = `  port: 2222
  host_label: ssh_host
  directory: /srv/web
  private_key_file: keys/deploy
  known_hosts_file: ~/hosts
  connect_timeout: 3s
  fence_directory: /var/lib/belay/
`;
    expect((await read(SSH + more)).driver).toMatchObject({
      ...least,
      port: 2222,
      hostLabel: 'ssh_host',
      directory: '/srv/web',
      privateKeyFile: path.join(folder.path, 'keys/deploy'),
      knownHostsFile: '~/hosts',
      connectTimeoutMs: 3_000,
      fenceDirectory: '/var/lib/belay',
    });
  });

  it.each([
    ['1.10', '1.10'],
    ['12', '12'],
    ['"12"', '12'],
    ['1.5.0', '1.5.0'],
    ['1e3', '1e3'],
    ['0x1f', '0x1f'],
    ['007', '007'],
    ['2024-01-01', '2024-01-01'],
    ['true', 'true'],
  ])('keeps the version %s as it is written', async (written, kept) => {
    const spec = await read(LEAST.replace('1.5.0', written));
    expect(spec.release.codeVersion).toBe(kept);
  });

  it('may begin with a byte order mark, and use anchors', async () => {
    const text = LEAST.replace('service: web', 'service: &name web').replace(
      'environment: production',
      'environment: *name',
    );
    expect(await read(`\ufeff${text}`)).toMatchObject({ service: 'web', environment: 'web' });
  });

  it('is what init writes', async () => {
    expect(await read(INIT_TEMPLATE)).toMatchObject({
      service: 'web',
      driver: { kind: 'command', update: ['./update.sh'] },
    });
  });

  it('is what init has in comments', async () => {
    // Each commented key by itself, in place of the one it is an alternative to.
    const keys = [...INIT_TEMPLATE.matchAll(/^# (\w+: .*?)(?: {3,}#.*)?$/gm)].map(([, key]) => key ?? '');
    const alternatives = keys.filter((key) =>
      /^(metadata|traffic|metrics|analysis|hooks|failed_instances|rollback|retry|timeouts|min_|health_|approvals|windows|groups|order)/.test(
        key,
      ),
    );
    expect(alternatives).toHaveLength(15);
    await read(`${INIT_TEMPLATE}\n${alternatives.join('\n')}\n`);
    // A canary has no batches to approve, and behind a router no groups.
    const [canary] = keys.filter((key) => key.startsWith('strategy: { type: canary'));
    const rolling = /^strategy:\n(?: {2}.*\n)+/m;
    expect(INIT_TEMPLATE).toMatch(rolling);
    const others = alternatives.filter((key) => !/^(approvals|groups)/.test(key));
    const spec = await read(`${INIT_TEMPLATE.replace(rolling, '')}\n${[canary, ...others].join('\n')}\n`);
    expect(spec).toMatchObject({ strategy: { kind: 'canary' }, traffic: { kind: 'haproxy' } });
  });

  it.each(['simulated.yaml', 'trips.yaml', 'approval.yaml'])('is examples/%s', async (name) => {
    const file = path.join(__dirname, '../../examples', name);
    expect(readFileSync(file, 'utf8')).toContain(`examples/${name}`);
    expect(await readDeploymentFile(file)).toMatchObject({ service: 'web', driver: { kind: 'simulated' } });
  });
});

/** What is wrong: the file's text, where, and what the message must say. */
type Bad = [string, string, string, ...string[]];
const BAD: Bad[] = [
  [
    'an unknown key',
    LEAST.replace('environment', 'enviroment'),
    '2:1',
    'unknown key "enviroment"; did you mean "environment"?',
  ],
  [
    'a nested unknown key',
    LEAST.replace('code_version', 'code_verson'),
    '3:12',
    'release: unknown key "code_verson"; did you mean "code_version"?',
  ],
  ['a key like no other', `${LEAST}zzz: 1\n`, '6:1', 'unknown key "zzz"; known are service, environment'],
  ['a missing key', LEAST.replace('service: web\n', ''), '1:1', 'service is missing; write the name'],
  [
    'a missing version',
    LEAST.replace(', configuration_version: 12', ''),
    '3:1',
    'release.configuration_version is missing; write the version',
  ],
  ...['\\u009b31m', '\\u202e', '\\u2028', '\\u2066', '\\x07'].map((mark): [string, string, string, string] => [
    `a version with ${mark}, which a terminal obeys`,
    LEAST.replace('1.5.0', `"1${mark}5"`),
    '3:26',
    'write the version',
  ]),
  ['an empty version', LEAST.replace('1.5.0', '""'), '3:26', 'release.code_version is ""; write the version'],
  [
    'a bad name',
    LEAST.replace('web', '"web app"'),
    '1:10',
    'service is "web app"; write the name of the service: a name has 1 to 63',
  ],
  ['a name with a slash', LEAST.replace('production', 'a/b'), '2:14', 'environment is "a/b"'],
  ['a name that is too long', LEAST.replace('web', 'w'.repeat(64)), '1:10', 'service is "www'],
  ['a key without a value', LEAST.replace('production', ''), '2:14', 'environment is empty (null); write the name'],
  [
    'a list for a map',
    LEAST.replace('{ file: instances.json }', '[instances.json]'),
    '4:8',
    'fleet is a list; write { file: instances.json } or { labels: { role: web } }',
  ],
  ['no driver', LEAST.replace('driver: { type: simulated }\n', ''), '1:1', 'driver is missing; write a map with type'],
  [
    'an approval that is nothing',
    `${LEAST}approvals: [null]\n`,
    '6:13',
    'approvals[0] is empty (null); write a map like { before_batch: 2, timeout: 4h }',
  ],
  ['a fleet that is nothing', LEAST.replace('{ file: instances.json }', 'null'), '4:8', 'fleet is empty (null)'],
  ['a driver that is nothing', LEAST.replace('{ type: simulated }', 'null'), '5:9', 'driver is empty (null)'],
  [
    'a driver by its name',
    LEAST.replace('type: simulated', 'name: web-shell'),
    '5:17',
    'driver.name names a driver of a belay.yaml, which only an API knows; write the driver out',
  ],
  [
    'a driver without a type',
    LEAST.replace('type: simulated', 'latency: 1s'),
    '5:1',
    'driver.type is missing; write one of command, ssh, simulated, agent',
  ],
  [
    'an unknown driver',
    LEAST.replace('simulated', 'simulatd'),
    '5:17',
    'driver.type is "simulatd"; write one of command, ssh, simulated, agent',
  ],
  [
    'a strategy that is none',
    `${LEAST}strategy: { type: canry, steps: [10] }\n`,
    '6:19',
    'strategy.type is "canry"; write one of rolling, canary, blue_green, feature_flags',
  ],
  [
    'a fleet by no labels',
    LEAST.replace('file: instances.json', 'labels: {}'),
    '4:18',
    'fleet.labels names no label, which would be every instance there is',
  ],
  [
    'a fleet that is nowhere',
    LEAST.replace('file: instances.json', 'exclude: [web-01]'),
    '4:8',
    'fleet names no instances; write { file: instances.json } or { labels: { role: web } }',
  ],
  [
    'a fleet in two places',
    LEAST.replace('file: instances.json', 'file: instances.json, labels: { role: web }'),
    '4:8',
    'fleet has both file and labels; keep the one that lists the instances',
  ],
  [
    'agents that a file lists',
    LEAST.replace('simulated', 'agent'),
    '4:16',
    'fleet.file lists instances without agents; write labels: { … }',
  ],
  [
    'an artifact',
    LEAST.replace('12 }', '12, artifact: "sha256:ab" }'),
    '3:70',
    'release.artifact is "sha256:ab"; write what `belay artifact push` printed',
  ],
  [
    'an unknown enum value',
    `${LEAST}on_failure: rolback\n`,
    '6:13',
    'on_failure is "rolback"; write one of rollback, pause, abort',
  ],
  [
    'batch size 0',
    `${LEAST}strategy: { type: rolling, batch_size: 0 }\n`,
    '6:40',
    'strategy.batch_size is 0; write a count of at least 1',
  ],
  [
    'batch size -1',
    `${LEAST}strategy: { type: rolling, batch_size: -1 }\n`,
    '6:40',
    'strategy.batch_size is -1; write a count',
  ],
  [
    'batch size 1.5',
    `${LEAST}strategy: { type: rolling, batch_size: 1.5 }\n`,
    '6:40',
    'strategy.batch_size is 1.5; write a count',
  ],
  [
    'batch size abc',
    `${LEAST}strategy: { type: rolling, batch_size: abc }\n`,
    '6:40',
    'strategy.batch_size is "abc"; write a count',
  ],
  [
    'a percent over 100',
    `${LEAST}strategy: { type: rolling, batches: [1, 101%] }\n`,
    '6:41',
    'strategy.batches[1] is 101%; write a count of at least 1, like 3, or a percent above 0% and up to 100%',
  ],
  ['0%', `${LEAST}strategy: { type: rolling, window: 0% }\n`, '6:36', 'strategy.window is 0%'],
  [
    'no batches',
    `${LEAST}strategy: { type: rolling, batches: [] }\n`,
    '6:37',
    'strategy.batches is an empty list; write a list of sizes',
  ],
  [
    'two kinds of sizes',
    `${LEAST}strategy: { type: rolling, batch_size: 1, window: 2 }\n`,
    '6:51',
    'strategy.window stands beside batch_size; keep one of',
  ],
  [
    'a window with pauses',
    `${LEAST}strategy: { type: rolling, window: 2, pause_between: 1s }\n`,
    '6:54',
    'strategy.pause_between has no place in a window',
  ],
  ...(
    [
      ['max_failures: 12.3456%', '6:15', 'max_failures is 12.3456%; write a count from 0 on'],
      ['strategy: { type: rolling, batch_size: 12.3456% }', '6:40', 'strategy.batch_size is 12.3456%; write a count'],
      ['strategy: { type: rolling, batches: [1, 0.0001%] }', '6:41', 'strategy.batches[1] is 0.0001%; write a count'],
      ['strategy: { type: rolling, window: 33.3333% }', '6:36', 'strategy.window is 33.3333%; write a count'],
      ['rollback: { batch_size: 12.3456% }', '6:25', 'rollback.batch_size is 12.3456%; write a count'],
    ] as const
  ).map(([line, place, said]): Bad => [
    `more decimals than are compared exactly: ${line}`,
    `${LEAST}${line}\n`,
    place,
    said,
    'with at most 3 decimals',
  ]),
  ['a limit over 100%', `${LEAST}max_failures: 100.5%\n`, '6:15', 'max_failures is 100.5%; write a count from 0 on'],
  [
    'a duration without a unit',
    `${LEAST}timeouts: { instance: 5 }\n`,
    '6:23',
    'timeouts.instance is 5, which has no unit; write 5s or 5m',
  ],
  [
    'an unknown unit',
    `${LEAST}timeouts: { instance: 5x }\n`,
    '6:23',
    'timeouts.instance is "5x"; write a duration above 0s, like 30s, 5m or 1h30m',
  ],
  [
    'a negative duration',
    `${LEAST}timeouts: { instance: -5s }\n`,
    '6:23',
    'timeouts.instance is "-5s", and no duration is negative; write a duration',
  ],
  [
    'a timeout of nothing',
    `${LEAST}timeouts: { health: 0s }\n`,
    '6:21',
    'timeouts.health is "0s"; write a duration above 0s',
  ],
  [
    'an analysis that asks nobody',
    `${LEAST}analysis: { thresholds: { max_error_rate: 5% } }\n`,
    '6:11',
    'analysis has nobody to ask',
  ],
  [
    'an analysis by nothing',
    `${LEAST}metrics: { type: prometheus, url: "http://p:9090" }\nanalysis: {}\n`,
    '7:11',
    'analysis judges by nothing',
  ],
  [
    'a bare rate above 1',
    `${LEAST}metrics: { type: prometheus, url: "http://p:9090" }\nanalysis: { thresholds: { max_error_rate: 5 } }\n`,
    '7:43',
    'is 5; write a percent like 5%',
  ],
  [
    'an unknown threshold',
    `${LEAST}metrics: { type: prometheus, url: "http://p:9090" }\nanalysis: { thresholds: { max_eror_rate: 5% } }\n`,
    '7:27',
    'did you mean "max_error_rate"?',
  ],
  [
    'a query with an unknown part',
    `${LEAST}metrics: { type: prometheus, url: "http://p:9090" }\nanalysis: { checks: [{ name: q, query: "x{v='{{verson}}'}", max: 1 }] }\n`,
    '7:40',
    'has {{verson}}, which means nothing',
  ],
  [
    'a check without a bound',
    `${LEAST}metrics: { type: prometheus, url: "http://p:9090" }\nanalysis: { checks: [{ name: q, query: up }] }\n`,
    '7:22',
    'has neither max nor min',
  ],
  [
    'a check that nothing passes',
    `${LEAST}metrics: { type: prometheus, url: "http://p:9090" }\nanalysis: { checks: [{ name: q, query: up, min: 5, max: 1 }] }\n`,
    '7:49',
    'analysis.checks[0].min is 5, above max (1), so that nothing ever passes; correct one of them',
  ],
  [
    'metrics of agents where there are none',
    `${LEAST}metrics: { type: agent }\nanalysis: { thresholds: { max_error_rate: 5% } }\n`,
    '6:18',
    'these instances have no agents',
  ],
  [
    'an interval longer than the time',
    `${LEAST}metrics: { type: prometheus, url: "http://p:9090" }\nanalysis: { monitoring_duration: 5s, thresholds: { max_error_rate: 5% } }\n`,
    '7:1',
    'is longer than monitoring_duration',
  ],
  ['units in a wrong order', `${LEAST}health_interval: 5m1h\n`, '6:18', 'largest unit first'],
  [
    'healthy for too long',
    `${LEAST}min_healthy_time: 60s\n`,
    '6:19',
    'min_healthy_time is not shorter than timeouts.health',
  ],
  [
    'an approval within a window',
    `${LEAST}strategy: { type: rolling, window: 2 }\napprovals: [{ before_batch: 2 }]\n`,
    '7:29',
    'approvals[0].before_batch is 2, but a window is one batch; write 1',
  ],
  [
    'a driver that is nothing',
    'service: web\nenvironment: production\nrelease: { code_version: 1.5.0, configuration_version: 12 }\nfleet: { file: instances.json }\ndriver: ~\n',
    '5:9',
    'driver is empty (null); write',
  ],
  [
    'an approval that is nothing',
    `${LEAST}approvals: [~, { before_batch: 2 }]\n`,
    '6:13',
    'approvals[0] is empty (null); write a map like { before_batch: 2, timeout: 4h }',
  ],
  [
    'two approvals of a batch',
    `${LEAST}approvals: [{ before_batch: 2 }, { before_batch: 2 }]\n`,
    '6:50',
    'approvals[1].before_batch is 2 a second time; keep one',
  ],
  [
    'an approval before batch 0',
    `${LEAST}approvals: [{ before_batch: 0 }]\n`,
    '6:29',
    'approvals[0].before_batch is 0; write a whole number from 1',
  ],
  ['an approval that is nothing', `${LEAST}approvals: [null]\n`, '6:13', 'approvals[0] is empty'],
  ['a fleet that is nothing', LEAST.replace('{ file: instances.json }', 'null'), '4:8', 'fleet is empty'],
  ['a driver that is nothing', LEAST.replace('{ type: simulated }', 'null'), '5:9', 'driver is empty'],
  ['a strategy that is nothing', `${LEAST}strategy: null\n`, '6:11', 'strategy is empty'],
  [
    'an unknown order',
    `${LEAST}order: nam\n`,
    '6:8',
    'order is not an order; write name, as_listed or { label: zone }',
  ],
  [
    'an order by a misspelt label',
    `${LEAST}order: { lable: zone }\n`,
    '6:10',
    'order: unknown key "lable"; did you mean "label"?',
  ],
  [
    'a runbook that is no link',
    `${LEAST}metadata: { runbook: "javascript:alert(1)" }\n`,
    '6:22',
    'metadata.runbook is "javascript:alert(1)"; write an address that starts with https://',
  ],
  [
    'no health check',
    COMMAND.replace(/ {2}health.*\n/, ''),
    '5:1',
    'driver.health is missing; write one, like { type: http, path: /health }: an update that ends',
  ],
  [
    'a command line as a text',
    COMMAND.replace('[./update.sh]', './update.sh'),
    '7:11',
    'driver.update is "./update.sh"; write a list of words',
  ],
  ['a variable in a command line', COMMAND.replace('./update.sh', '"${env:X}"'), '7:12', 'put it under env'],
  [
    'a variable without a name',
    `${COMMAND}  env: { A: "\${env:}" }\n`,
    '9:13',
    'driver.env.A has a ${env:…} that names no variable; write ${env:NAME}',
  ],
  [
    'a variable that Belay sets',
    `${COMMAND}  env: { CODE_VERSION: 1 }\n`,
    '9:24',
    'driver.env.CODE_VERSION is a variable that Belay sets itself',
  ],
  [
    'ssh without a user',
    SSH.replace('  user: deploy\n', ''),
    '5:1',
    'driver.user is missing; write the name of a user',
  ],
  ['a user that is an option', SSH.replace('deploy', '-oX'), '7:9', 'driver.user is "-oX"; write the name of a user'],
  [
    'a port that is none',
    `${SSH}  port: 70000\n`,
    '10:9',
    'driver.port is 70000; write a whole number from 1 to 65535',
  ],
  [
    'a folder on the host that nobody can place',
    `${SSH}  directory: srv/web\n`,
    '10:14',
    'driver.directory is "srv/web"; write a path on the host that starts with / or ~/',
  ],
  [
    'a variable that the shell of a host keeps',
    `${SSH}  env: { UID: 5 }\n`,
    '10:15',
    'driver.env.UID is a variable that shells keep; choose another name',
  ],
  [
    'a key of ssh that is misspelt',
    `${SSH}  known_host_file: x\n`,
    '10:3',
    'driver: unknown key "known_host_file"; did you mean "known_hosts_file"?',
  ],
  [
    'a health path without a slash',
    COMMAND.replace('/health', 'health'),
    '8:31',
    'driver.health.path is "health"; write a path that starts with a slash',
  ],
  [
    'an unknown failure',
    LEAST.replace('simulated', 'simulated, failures: { web-01: { kind: explode } }'),
    '5:56',
    'driver.failures.web-01.kind is "explode"; write one of fail, hang',
  ],
  ['a duplicate key', `${LEAST}service: api\n`, '6:1', 'has the key "service" twice, first on line 1; keep one'],
  ['a key that does harm', `${LEAST}__proto__: { a: 1 }\n`, '6:1', 'has the key "__proto__"'],
  ['a second document', `${LEAST}---\nservice: b\n`, '6:1', 'has a second YAML document'],
  ['broken YAML', `${LEAST}order: [a\nforce: }\n`, '7:1', "isn't YAML: "],
  ['tabs', `${LEAST}order:\n\tlabel: zone\n`, '7:1', "isn't YAML: "],
  ['an unknown tag', `${LEAST}order: !js name\n`, '6:8', "isn't YAML: Unresolved tag: !js; remove the tag"],
  ['an alias of nothing', `${LEAST}order: *name\n`, '6:8', '*name names no anchor above it'],
  ['an alias of itself', `a: &a [*a]\n`, '1:8', '*a leads back to itself'],
  ['an alias bomb', bomb(), '3:8', '*b is one of more than 100 aliases; write out what it stands for'],
  ['null', 'null\n', '1:1', 'is empty (null); write a map that starts with service'],
  ['a list', '- web\n', '1:1', 'is a list; write a map'],
  ['a text', 'deploy web\n', '1:1', 'is "deploy web"; write a map'],
];

function bomb(): string {
  const lines = 'bcdefghij'
    .split('')
    .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[i]}`).join(', ')}]`);
  return ['a: &a [x, x, x]', ...lines].join('\n');
}

describe('a deployment.yaml that is wrong', () => {
  it.each(BAD)('is refused for %s', async (_, text, place, ...said) => {
    const message = await inputErrorOf(read(text));
    expect(message).toContain(`${files}.yaml:${place}: `);
    for (const part of said) expect(message).toContain(part);
    expect(message).not.toMatch(/undefined|\[object|Invalid input/);
  });

  it('is told all of its problems at once, in the order of the file', async () => {
    const text = `${LEAST.replace('web', '"web app"').replace('environment', 'enviroment')}max_failures: x\norder: { lable: a }\n`;
    const lines = (await inputErrorOf(read(text))).split('\n');
    expect(lines.map((line) => line.split(':')[1])).toEqual(['1', '2', '6', '7']);
  });

  it('is told at most ten, and how many more there are', async () => {
    const text = LEAST + Array.from({ length: 15 }, (_, i) => `zz${i}: 1\n`).join('');
    const lines = (await inputErrorOf(read(text))).split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[10]).toBe('and 5 more problems');
  });

  it('names the fleet file that is missing, where it is named', async () => {
    const message = await inputErrorOf(read(LEAST.replace('instances.json', 'nope.json')));
    expect(message).toContain(`.yaml:4:16: fleet.file: ${folder.path}/nope.json doesn't exist; check the path`);
  });

  it.each([
    ['empty', '', 'is empty'],
    ['only comments', '# nothing\n', 'is empty'],
    ['blank', '  \n\n', 'is empty'],
    ['binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]), 'is a binary file'],
    ['not UTF-8', Buffer.from([0x61, 0xff, 0xc3, 0x28]), 'is a binary file'],
    ['UTF-16', Buffer.from('\ufeffa', 'utf16le'), 'is UTF-16; save it as UTF-8'],
    ['large', Buffer.alloc(1024 * 1024 + 1, 'a'), 'is larger than 1 MiB'],
    ['nested without end', '['.repeat(200_000), 'yaml'],
  ])('is refused when it is %s', async (_, content, said) => {
    expect(await inputErrorOf(read(content))).toContain(said);
  });

  it('is refused when it is a folder, or not there', async () => {
    expect(await inputErrorOf(readDeploymentFile(folder.path))).toBe(`${folder.path}: is a folder; name a file`);
    expect(await inputErrorOf(readDeploymentFile('/nope/x.yaml'))).toBe(
      "/nope/x.yaml: doesn't exist; check the path, or create it",
    );
    expect(await inputErrorOf(readDeploymentFile(path.join(folder.path, 'instances.json/x')))).toContain(
      'is a file, not a folder',
    );
  });
});
