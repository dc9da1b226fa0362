import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { readServerSettings } from '../../src/schemas/server';
import { temporaryFolder } from '../support/files';
import { inputErrorOf } from '../support/rejection';

const folder = temporaryFolder();
const DAY = 86_400_000;

it('has defaults for everything but who may register', async () => {
  expect(await readServerSettings()).toEqual({
    heartbeat: { intervalMs: 10_000, unknownAfterMs: 30_000 },
    artifacts: { mostBytes: 1024 ** 3 },
    metrics: {},
    reconcile: { mode: 'report', intervalMs: 30_000 },
    retention: { metricsMs: 86_400_000, measurementsMs: 604_800_000, answersMs: 604_800_000 },
    drivers: {},
    services: {},
    traffic: {},
    hooks: {},
    notifications: [],
    freezes: [],
  });
});

it('is read as it is written', async () => {
  const file = folder.write(
    'belay.yaml',
    'registration: { token_env: TOKEN, expires: 2027-01-31T09:00Z, labels: { environment: staging } }\n' +
      'heartbeat: { interval: 5s, unknown_after: 1m }\nlisten: { host: 0.0.0.0, port: 8080 }\n' +
      'artifacts: { dir: kept/here, max_size: 500MiB }\n' +
      'metrics: { worker: "[::1]:9465" }\nreconcile: repair\nretention: { events: 90d, output: 30d, measurements: 2d, answers: 1d }\n',
  );
  expect(await readServerSettings(file)).toEqual({
    registration: {
      token: { kind: 'variable', name: 'TOKEN' },
      expires: new Date('2027-01-31T09:00Z'),
      labels: { environment: 'staging' },
    },
    heartbeat: { intervalMs: 5_000, unknownAfterMs: 60_000 },
    listen: { host: '0.0.0.0', port: 8080 },
    artifacts: { dir: 'kept/here', mostBytes: 500 * 1024 ** 2 },
    metrics: { worker: { host: '::1', port: 9465 } },
    reconcile: { mode: 'repair', intervalMs: 30_000 },
    retention: { eventsMs: 90 * DAY, metricsMs: DAY, outputMs: 30 * DAY, measurementsMs: 2 * DAY, answersMs: DAY },
    drivers: {},
    services: {},
    traffic: {},
    hooks: {},
    notifications: [],
    freezes: [],
  });
});

it('has routers and hooks, whose paths count from its folder; who uses a hook may decide whether it is a gate', async () => {
  const file = folder.write(
    'around.yaml',
    'traffic:\n  edge: { type: haproxy, endpoints: ["10.0.0.1:9999"], map: /etc/b.map, backends: { stable: a, canary: b } }\n' +
      '  mesh: { type: command, shift: [./shift], read: [./read] }\n' +
      'hooks:\n  smoke: { type: command, run: [./smoke.sh] }\n  tell: { type: http, url: "http://x", gate: false }\n',
  );
  const directory = realpathSync(folder.path);
  const { traffic, hooks } = await readServerSettings(file);
  expect(traffic).toMatchObject({ edge: { kind: 'haproxy', map: '/etc/b.map' }, mesh: { kind: 'command', directory } });
  expect(hooks).toEqual({
    smoke: { kind: 'command', run: ['./smoke.sh'], directory, env: {}, timeoutMs: 60_000 },
    tell: { kind: 'http', url: 'http://x', headers: {}, timeoutMs: 60_000, gate: false },
  });
});

it('has drivers, whose paths count from its folder, and services', async () => {
  const file = folder.write(
    'drivers.yaml',
    'drivers:\n' +
      '  web-shell:\n    type: command\n    update: [./update.sh]\n    env: { TOKEN: "${env:DEPLOY_TOKEN}" }\n' +
      '    health: { type: http, path: /health }\n' +
      '  hosts:\n    type: ssh\n    update: [./update.sh]\n    user: deploy\n    private_key_file: keys/id\n' +
      '    health: { type: http, path: /health }\n' +
      'services:\n  web: { driver: web-shell, labels: { role: web } }\n  jobs: { driver: agent }\n',
  );
  expect(await readServerSettings(file)).toMatchObject({
    drivers: {
      'web-shell': {
        kind: 'command',
        update: ['./update.sh'],
        directory: realpathSync(folder.path),
        env: { TOKEN: '${env:DEPLOY_TOKEN}' },
      },
      hosts: { kind: 'ssh', privateKeyFile: join(realpathSync(folder.path), 'keys/id') },
    },
    services: { web: { driver: 'web-shell', labels: { role: 'web' } }, jobs: { driver: 'agent' } },
  });
});

it('has those who are notified, each with a key that stays when the list is put in another order', async () => {
  const text = (entries: string[]) => `notifications:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`;
  const hook = '{ type: webhook, url: "https://ops.example/belay", secret_env: SECRET }';
  const slack = '{ type: slack, name: alarms, url: "${env:SLACK}", events: [failed], environments: [production] }';
  const read = async (entries: string[]) =>
    (await readServerSettings(folder.write('notified.yaml', text(entries)))).notifications;
  const [first, second] = await read([hook, slack]);
  expect(first).toEqual({
    kind: 'webhook',
    key: expect.stringMatching(/^[0-9a-f]{12}$/),
    place: 'notifications[0]',
    url: 'https://ops.example/belay',
    secretEnv: 'SECRET',
    timeoutMs: 10_000,
    events: expect.arrayContaining(['started', 'paused', 'rollback_incomplete']),
  });
  expect(first?.events).not.toContain('frozen');
  expect(second).toEqual({
    kind: 'slack',
    key: 'alarms',
    place: 'notifications[1] (alarms)',
    url: '${env:SLACK}',
    timeoutMs: 10_000,
    events: ['failed'],
    environments: ['production'],
  });
  expect((await read([slack, hook])).map(({ key }) => key)).toEqual(['alarms', first?.key]);
});

it.each([
  ['reconcile: off', { mode: 'off', intervalMs: 30_000 }],
  ['reconcile: { interval: 0 }', { mode: 'report', intervalMs: 0 }],
  ['reconcile: { interval: 0s, mode: repair }', { mode: 'repair', intervalMs: 0 }],
  ['reconcile: { interval: 5m }', { mode: 'report', intervalMs: 300_000 }],
])('%s', async (text, reconcile) => {
  expect(await readServerSettings(folder.write('reconcile.yaml', text))).toMatchObject({ reconcile });
});

it.each([
  ['registration: {}', '1:15: registration needs one of token_file and token_env'],
  ['registration: { token_env: A, token_file: b }', 'needs one of'],
  ['registration: { token: secret }', '1:17: registration: unknown key "token"'],
  ['heartbeat: { interval: 30s }', 'heartbeat.unknown_after is not longer than heartbeat.interval'],
  ['listen: { port: 70000 }', '1:17: listen.port is 70000; write a whole number from 0 to 65535'],
  ['artifacts: { max_size: 500 }', 'write a size like 500MiB or 1GiB'],
  ['metrics: { worker: 9465 }', '1:20: metrics.worker is 9465; write host:port, like 127.0.0.1:9465'],
  ['metrics: { worker: "worker-1:94650" }', 'write host:port'],
  ['retention: { events: 90 }', 'retention.events is 90, which has no unit'],
  ['retention: { snapshots: 1d }', 'unknown key "snapshots"'],
  ['listen: { prot: 80 }', 'did you mean "port"?'],
  ['reconcile: maybe', 'reconcile.mode is "maybe"; write one of off, report, repair'],
  ['reconcile: [off]', 'write off, report, repair, or { mode: report, interval: 30s }'],
  ['reconcile: { interval: 10 }', 'write a duration of at least 1s, like 30s, or 0: only when asked'],
  ['reconcile: { interval: 10ms }', 'reconcile.interval'],
  ['reconcile: { every: 10s }', 'unknown key "every"'],
  ['drivers: { web: { type: command, update: [./x] } }', 'drivers.web.health is missing'],
  ['drivers: { web: { type: comand } }', 'drivers.web.type is "comand"; write one of command, ssh, simulated, agent'],
  ['drivers: { web: { name: other } }', 'drivers.web.type is missing'],
  ['drivers: { "a b": { type: agent } }', '1:19: drivers.a b is no name'],
  ['drivers: { agent: { type: simulated } }', 'choose another name'],
  ['traffic: { edge: { type: haproxy } }', '1:12: traffic.edge.endpoints is missing'],
  ['traffic: { edge: { name: other } }', 'traffic.edge.type is missing; write one of haproxy, command, nop'],
  ['traffic: { "a b": { type: nop } }', '1:19: traffic.a b is no name'],
  ['hooks: { smoke: { type: shell } }', '1:25: hooks.smoke.type is "shell"; write one of command, http'],
  ['hooks: { "a b": { type: http, url: "http://x" } }', '1:17: hooks.a b is no name'],
  [
    'services: { web: { driver: shell } }',
    '1:28: services.web.driver is "shell", which no driver of belay.yaml is called',
  ],
  [
    'drivers: { web-shell: { type: agent } }\nservices: { web: { driver: web-shel } }',
    '2:28: services.web.driver is "web-shel", which no driver of belay.yaml is called; did you mean "web-shell"?',
  ],
  ['services: { web: { labels: {} } }', 'services.web.labels'],
  ['services: { web: { drivr: a } }', 'did you mean "driver"?'],
  ['registration: { token_env: A, expires: tomorrow }', 'write a time with its zone'],
  ['notifications: { type: slack }', 'notifications is a map; write a list of maps with type, url'],
  ['notifications: [{ type: mail }]', 'notifications[0].type is "mail"; write one of webhook, slack'],
  ['notifications: [{ type: webhook, url: "http://a/" }]', 'notifications[0].secret_env is missing'],
  ['notifications: [{ type: slack, url: "http://a/", secret_env: A }]', 'unknown key "secret_env"'],
  ['notifications: [{ type: slack, url: "${env:A B}" }]', 'write an address like https://… or "${env:NAME}"'],
  ['notifications: [{ type: slack, url: "ftp://a/" }]', 'write an address like https://… or "${env:NAME}"'],
  [
    'notifications: [{ type: slack, url: "http://a/", events: [fail] }]',
    'notifications[0].events[0] is "fail"; write one of',
  ],
  ['notifications: [{ type: slack, url: "http://a/", events: [] }]', 'is an empty list'],
  [
    'notifications:\n- { type: slack, url: "http://a/" }\n- { type: slack, url: "http://a/", events: [failed] }',
    '3:3: notifications[1] is told apart from notifications[0] by nothing; give each a name of its own',
  ],
])('%s: %s', async (text, words) => {
  expect(await inputErrorOf(readServerSettings(folder.write('wrong.yaml', text)))).toContain(words);
});

it('is shown whole on its page', async () => {
  const page = readFileSync('docs/belay-yaml.md', 'utf8');
  const shown = folder.write('shown.yaml', /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '');
  const { drivers, services, traffic, hooks, registration } = await readServerSettings(shown);
  const names = [drivers, services, traffic, hooks].map((part) => Object.keys(part));
  expect([...names, registration?.labels]).toEqual([
    ['web-shell', 'web-hosts'],
    ['web'],
    ['edge'],
    ['smoke'],
    { environment: 'staging' },
  ]);
  for (const key of Object.keys(await readServerSettings()))
    expect(page).toMatch(new RegExp(`^\\|.*\`${key}\`.*\\|`, 'm'));
});

describe('freezes', () => {
  const read = (text: string) => readServerSettings(folder.write('freezes.yaml', `freezes:\n${text}`));

  it('are between two moments, or week by week', async () => {
    const { freezes } = await read(
      '  - { environment: production, services: [web], from: "2026-12-20T00:00+01:00", until: "2027-01-04T08:00+01:00", reason: Christmas }\n' +
        '  - { days: [fri-sun], from: "15:00", to: "24:00", time_zone: Europe/Berlin, reason: weekend }\n',
    );
    expect(freezes).toEqual([
      {
        environment: 'production',
        services: ['web'],
        reason: 'Christmas',
        when: { kind: 'between', from: Date.parse('2026-12-19T23:00Z'), until: Date.parse('2027-01-04T07:00Z') },
      },
      {
        reason: 'weekend',
        when: {
          kind: 'weekly',
          window: { days: ['fri', 'sat', 'sun'], from: 900, to: 1440, timeZone: 'Europe/Berlin' },
        },
      },
    ]);
  });

  it.each([
    ['{ from: "2026-12-20T00:00Z", until: "2026-12-20T00:00Z", reason: x }', '[0].until is not after from'],
    ['{ from: "15:00", until: "2026-12-20T00:00Z", reason: x }', '[0].from is "15:00"; write a time with its zone'],
    [
      '{ from: "2026-12-20T00:00Z", until: tomorrow, reason: x }',
      '[0].until is "tomorrow"; write a time with its zone',
    ],
    ['{ from: "15:00", to: "16:00", time_zone: Europe/Berlin }', '[0].reason is missing; write why'],
    ['{ from: "15:00", to: "16:00", time_zone: Europe/Berln, reason: x }', 'did you mean "Europe/Berlin"'],
    ['{ from: "15:00", to: "15:00", time_zone: UTC, reason: x }', '[0].to is as from'],
    ['{ form: "15:00", to: "16:00", time_zone: UTC, reason: x }', 'did you mean "from"'],
    ['{ from: "2026-12-20T00:00Z", until: "2026-12-21T00:00Z", days: [mon], reason: x }', 'days'],
    ['Christmas', '[0] is "Christmas"; write { days'],
  ])('%s is refused with its place', async (text, wrong) => {
    const message = await inputErrorOf(read(`  - ${text}\n`));
    expect(message).toMatch(/freezes\.yaml:2:\d+/);
    expect(message).toContain(wrong);
  });
});
