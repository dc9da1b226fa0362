import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADMIN, REGISTRATION, TestApi } from '../support/api';
import { startAgentFile } from '../support/agent-file';
import { tgzOf } from '../support/archive';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';
import { until } from './until';

/** Agents as processes, over the API as it is: an artifact is pushed and deployed, and a bad one is taken back from what was kept. */

const folder = temporaryFolder();
const LABELS = { role: 'artifacts' };
const NAMES = ['web-01', 'web-02', 'web-03'];
const PATIENCE_MS = 60_000;

let belay: Belay;
let api: TestApi;
const agents: ReturnType<typeof startAgentFile>[] = [];
/** Every artifact that somebody asked for. */
const fetched: string[] = [];
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  await belay.work();
  api = await TestApi.open(belay, { heartbeat: { intervalMs: 100, unknownAfterMs: 30_000 } });
  api.app.server.on('request', ({ method, url = '' }: { method?: string; url?: string }) => {
    if (method === 'GET' && url.startsWith('/artifacts/')) fetched.push(url.slice('/artifacts/'.length));
  });
  for (const name of NAMES) agents.push(agent(name));
  for (const name of NAMES) await until(name, PATIENCE_MS, () => known(name));
}, PATIENCE_MS);
afterAll(async () => {
  for (const { child } of agents) child.kill('SIGTERM');
  await Promise.all(agents.map(({ ended }) => ended));
  await api.close();
  await belay.shut();
});

function agent(name: string) {
  const dir = join(folder.path, name);
  mkdirSync(dir);
  const write = (file: string, text: string) => writeFileSync(join(dir, file), text);
  // The release itself says whether it starts.
  write(
    'update.sh',
    `#!/bin/sh
"$BELAY_RELEASE_DIR/start" || { echo 'it does not start' >&2; exit 1; }
printf '{"version":"%s","config":"%s"}' "$CODE_VERSION" "$CONFIGURATION_VERSION" >running
`,
  );
  chmodSync(join(dir, 'update.sh'), 0o755);
  write('running', JSON.stringify({ version: '0.9.0', config: '0' }));
  write('token', REGISTRATION);
  write(
    'agent.yaml',
    JSON.stringify({
      control_plane: { url: api.url },
      registration_token_file: 'token',
      name,
      labels: LABELS,
      state_dir: 'state',
      install_dir: 'web',
      update: ['./update.sh'],
      health: {
        type: 'command',
        run: ['cat', 'running'],
        interval: '50ms',
        code_version: 'version',
        configuration_version: 'config',
      },
      heartbeat: { interval: '100ms' },
    }),
  );
  return startAgentFile(dir);
}

async function known(name: string): Promise<boolean> {
  const { body } = await api.get(`/inventory/instances/${name}`, { token: ADMIN });
  return JSON.stringify(body).includes('"status":1');
}

/** Pushed as people do it; answers with its digest. */
async function push(exit: number, text: string): Promise<string> {
  const bytes = tgzOf([
    { path: 'start', text: `#!/bin/sh\nexit ${exit}\n`, mode: 0o755 },
    { path: 'server', text },
  ]);
  const answer = await fetch(`${api.url}/artifacts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/octet-stream' },
    body: bytes as Buffer<ArrayBuffer>,
  });
  return ((await answer.json()) as { digest: string }).digest;
}

async function deploy(service: ReturnType<typeof uniqueService>, codeVersion: string, artifact: string) {
  const release = { codeVersion, configurationVersion: '1', artifact };
  const fleet = { kind: 'inventory' as const, labels: LABELS };
  const order = simulatedOrder(folder.path, service, [], { driver: { kind: 'agent' }, fleet, release });
  const { id } = await belay.control.start({ ...order, instances: await belay.store.matching(LABELS) });
  return belay.ended(id);
}

it('deploys what was pushed, and takes a bad release back without fetching anything', async () => {
  const service = uniqueService();
  const good = await push(0, 'good');
  const bad = await push(1, 'bad');
  expect(await deploy(service, '1.0.0', good)).toMatchObject({ status: 'succeeded', counts: { succeeded: 3 } });
  expect(fetched).toEqual([good, good, good]);

  const taken = await deploy(service, '1.1.0', bad);
  expect(taken).toMatchObject({ status: 'rolled_back' });
  expect(taken.failures).toMatchObject([{ reason: expect.stringContaining('it does not start') }]);
  // One tried it; nobody fetched the good one again.
  expect(fetched).toEqual([good, good, good, bad]);
  for (const name of NAMES) {
    expect(readFileSync(join(folder.path, name, 'web/current/server'), 'utf8')).toBe('good');
    const { body } = await api.get(`/inventory/instances/${name}`, { token: ADMIN });
    expect(JSON.stringify(body)).toContain(good);
  }
  const failed = taken.failures[0]!.instance;
  expect(readdirSync(join(folder.path, failed, 'web/releases'))).toHaveLength(2);
}, 120_000);
