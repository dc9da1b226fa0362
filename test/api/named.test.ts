import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiSettings } from '../../src/stack/server-settings';
import { ADMIN, REGISTRATION, TestApi } from '../support/api';
import { Belay, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

const SECRET = 'the-secret-of-the-update-command';
const folder = temporaryFolder();
const own = uniqueService();
let belay: Belay;
let api: TestApi;

const UPDATE = `#!/bin/sh
printf '{"version":"%s","config":"%s","token":"%s"}' "$CODE_VERSION" "$CONFIGURATION_VERSION" "$TOKEN" > "$INSTANCE_ID.json"
`;
const HEALTH = `#!/bin/sh
cat "$INSTANCE_ID.json"
`;
const YAML = `
drivers:
  web-shell:
    type: command
    update: [./update.sh]
    env: { TOKEN: "\${env:BELAY_TEST_NAMED}" }
    health: { type: command, run: [./health.sh], code_version: version, configuration_version: config }
  asked-of-each: { type: simulated }
services:
  ${own.service}: { driver: web-shell, labels: { fleet: ${own.service}, env: ${own.environment} } }
  others: { labels: { role: nobody } }
traffic:
  edge: { type: haproxy, endpoints: ["127.0.0.1:1"], map: /etc/b.map, backends: { stable: a, canary: b } }
  slots: { type: haproxy, endpoints: ["127.0.0.1:1"], map: /etc/b.map, backends: { blue: a, green: b } }
  nothing: { type: nop }
hooks:
  smoke: { type: command, run: [./smoke.sh] }
`;

beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  process.env.BELAY_TEST_NAMED = SECRET;
  for (const [file, text] of [
    ['update.sh', UPDATE],
    ['health.sh', HEALTH],
  ] as const) {
    writeFileSync(join(folder.path, file), text);
    chmodSync(join(folder.path, file), 0o755);
  }
  belay = await Belay.open();
  await belay.work();
  const { settings } = await apiSettings(folder.write('belay.yaml', YAML), {});
  api = await TestApi.open(belay, { ...(settings.catalog === undefined ? {} : { catalog: settings.catalog }) });
  for (const name of names) {
    const labels = { fleet: own.service, env: own.environment };
    await api.post('/inventory/register', {
      body: { instance: { ip: '10.0.0.3', name, labels }, token: REGISTRATION },
    });
    writeFileSync(join(folder.path, `${name}.json`), '{"version":"1.0.0","config":"1"}');
  }
});
afterAll(async () => {
  delete process.env.BELAY_TEST_NAMED;
  await api.close();
  await belay.shut();
});

const token = ADMIN;
const names = ['a', 'b'].map((each) => `${own.service}-${each}`);
const quick = { min_healthy_time: '0s', health_interval: '500ms' };

function ran(name: string): unknown {
  return JSON.parse(readFileSync(join(folder.path, `${name}.json`), 'utf8'));
}

describe('a driver of belay.yaml', () => {
  it('is what a service has without being asked for: its command runs, where the worker is', async () => {
    const body = { code_version: '1.1.0', configuration_version: '2', service: own.service, configuration: quick };
    const begun = await api.post('/deploy', { token, body });
    expect(begun).toMatchObject({ status: 201, body: { driver: 'command', environment: own.environment } });
    expect((await belay.ended(begun.body.id)).status).toBe('succeeded');
    for (const name of names) expect(ran(name)).toEqual({ version: '1.1.0', config: '2', token: SECRET });
    const told = await api.get(`/deployments/${begun.body.id}/details`, { token });
    expect(JSON.stringify(told.body)).not.toContain(SECRET);
  });

  it('is named in a deployment document, and in its dry run', async () => {
    const deployment = {
      service: own.service,
      environment: own.environment,
      release: { code_version: '1.2.0', configuration_version: '3' },
      fleet: { labels: { fleet: own.service, env: own.environment } },
      driver: { name: 'web-shell' },
      ...quick,
    };
    const plan = await api.post('/deployments/dry-run', { token, body: { deployment } });
    expect(plan).toMatchObject({ status: 200, body: { driver: 'command', members: [{ code_version: '1.1.0' }, {}] } });
    const begun = await api.post('/deployments', { token, body: { deployment } });
    expect(begun.status).toBe(201);
    expect((await belay.ended(begun.body.id)).status).toBe('succeeded');
    expect(ran(names[0]!)).toMatchObject({ version: '1.2.0' });
  });

  it('is kept as it was: a rollback needs no belay.yaml', async () => {
    const other = await TestApi.open(belay);
    try {
      const back = await other.post(`/deployments/${own.environment}/${own.service}/rollback`, { token });
      expect(back.status).toBe(201);
      expect((await belay.ended(back.body.id)).status).toBe('rolled_back');
    } finally {
      await other.close();
    }
    for (const name of names) expect(ran(name)).toMatchObject({ version: '1.1.0' });
  });
});

const labels = { role: 'web' };

it.each([
  [{ labels, driver: 'web-shel' }, 'driver', 'did you mean "web-shell"?'],
  [{ labels, driver: 'constructor' }, 'driver', 'known are web-shell, asked-of-each, agent'],
  [
    { labels, driver: { type: 'command', update: ['x'] } },
    'driver',
    'write the name of a driver that belay.yaml defines',
  ],
  [{ service: 'nobody' }, 'labels', 'is missing; write which instances'],
  [{ service: 'others' }, 'labels', 'match no instance (role=nobody)'],
  [{ service: own.service, driver: 'agent', labels: { role: 'nobody' } }, 'labels', 'match no instance (role=nobody)'],
])('POST /deploy with %j is refused', async (wrong, field, words) => {
  const body = { code_version: '1', configuration_version: '1', ...wrong };
  const answer = await api.post('/deploy', { token, body });
  expect(answer.status).toBe(422);
  expect(answer.body.error.fields).toContainEqual({ field, message: expect.stringContaining(words) });
});

it.each([
  [{ name: 'web-shel' }, 'driver.name', 'did you mean "web-shell"?'],
  [{ name: 'a b' }, 'driver.name', 'write the name of the driver'],
  [{ name: 'web-shell', update: ['x'] }, 'driver.update', 'unknown key'],
  [{ name: 'web-shell', type: 'simulated' }, 'driver.name', 'unknown key'],
  [{ type: 'web-shell' }, 'driver.type', 'write one of command, ssh, simulated, agent'],
  [{ type: 'command', update: ['x'], health: { type: 'http', path: '/' } }, 'driver.type', 'belay.yaml of that API'],
  [{ type: 'ssh', update: ['x'], user: 'u', health: { type: 'http', path: '/' } }, 'driver.type', 'takes commands'],
  [undefined, 'driver', 'is missing'],
])('a deployment document with the driver %j is refused', async (driver, field, words) => {
  const release = { code_version: '1', configuration_version: '1' };
  const deployment = { service: 'web', environment: 'test', release, fleet: { labels }, driver };
  const answer = await api.post('/deployments', { token, body: { deployment } });
  expect(answer.status).toBe(422);
  expect(answer.body.error.fields).toContainEqual({
    field: `deployment.${field}`,
    message: expect.stringContaining(words),
  });
});

const FLAGGED = { type: 'canary', steps: [{ type: 'traffic', weight: 100 }] };

it.each([
  [
    { traffic: { name: 'edgy' } },
    'traffic.name',
    'is "edgy", which no router of belay.yaml is called; did you mean "edge"?',
  ],
  [{ traffic: { name: 'constructor' } }, 'traffic.name', 'known are edge, slots, nothing'],
  [{ traffic: { name: 'slots' } }, 'traffic.name', 'is "slots", which does not fit: traffic.backends has no stable'],
  [
    {
      strategy: { ...FLAGGED, sticky: { type: 'cookie', name: 'uid' } },
      traffic: { name: 'nothing' },
      driver: { type: 'agent' },
    },
    'traffic.name',
    'does not fit: strategy.sticky needs something that can tell users apart',
  ],
  [{ traffic: { type: 'haproxy' } }, 'traffic.type', 'no API takes commands or addresses'],
  [
    { hooks: { pre_deploy: { name: 'smok' } } },
    'hooks.pre_deploy.name',
    'no hook of belay.yaml is called; did you mean "smoke"?',
  ],
  [{ hooks: { pre_deploy: { type: 'command', run: ['x'] } } }, 'hooks.pre_deploy.type', 'no API takes commands'],
])('a deployment document with %j is refused', async (more, field, words) => {
  const release = { code_version: '1', configuration_version: '1' };
  const deployment = {
    service: 'web',
    environment: 'test',
    release,
    fleet: { labels },
    driver: { name: 'web-shell' },
    strategy: FLAGGED,
    ...more,
  };
  const answer = await api.post('/deployments', { token, body: { deployment } });
  expect(answer.status).toBe(422);
  expect(answer.body.error.fields).toContainEqual({
    field: `deployment.${field}`,
    message: expect.stringContaining(words),
  });
});
