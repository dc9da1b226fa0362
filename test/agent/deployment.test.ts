import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAgent } from '../../src/agent';
import { readAgentFile } from '../../src/schemas/agent';
import { ADMIN, REGISTRATION, TestApi } from '../support/api';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

/** Agents as they are, over the API as it is: a release goes out, the next one is taken back. */

const folder = temporaryFolder();
const LABELS = { role: 'web' };
const NAMES = ['web-01', 'web-02', 'web-03'];
const OLD = { codeVersion: '1.0.0', configurationVersion: '1' };
const RELEASE = { codeVersion: '1.1.0', configurationVersion: '2' };
const BAD = { codeVersion: '1.2.0', configurationVersion: '2' };

let belay: Belay;
let api: TestApi;
const agents: { stop: AbortController; running: Promise<void> }[] = [];
const said: string[] = [];
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
  api = await TestApi.open(belay, { heartbeat: { intervalMs: 100, unknownAfterMs: 30_000 } });
  for (const name of NAMES) await agent(name);
  for (const name of NAMES) await known(name);
});
afterAll(async () => {
  for (const { stop } of agents) stop.abort();
  await Promise.all(agents.map(({ running }) => running));
  await api.close();
  await belay.shut();
});

/** One agent; the instance doesn't start on a release that is bad. */
async function agent(name: string): Promise<void> {
  const dir = join(folder.path, name);
  mkdirSync(dir);
  const write = (file: string, text: string) => writeFileSync(join(dir, file), text);
  write(
    'update.sh',
    `#!/bin/sh
echo "$GENERATION $CODE_VERSION" >>ledger
[ "$CODE_VERSION" != ${BAD.codeVersion} ] || { echo 'it does not start' >&2; exit 1; }
printf '{"version":"%s","config":"%s"}' "$CODE_VERSION" "$CONFIGURATION_VERSION" >running
`,
  );
  chmodSync(join(dir, 'update.sh'), 0o755);
  write('running', JSON.stringify({ version: OLD.codeVersion, config: OLD.configurationVersion }));
  write('token', REGISTRATION);
  write(
    'agent.yaml',
    `
control_plane: { url: "${api.url}" }
registration_token_file: token
name: ${name}
labels: ${JSON.stringify(LABELS)}
state_dir: state
update: [./update.sh]
health: { type: command, run: [cat, running], interval: 50ms, code_version: version, configuration_version: config }
heartbeat: { interval: 100ms }
`,
  );
  const stop = new AbortController();
  const config = await readAgentFile(join(dir, 'agent.yaml'));
  const running = runAgent(config, process.env, (text) => said.push(`${name}: ${text}`), stop.signal);
  agents.push({ stop, running });
}

/** Until the inventory knows how it is. */
async function known(name: string): Promise<void> {
  for (;;) {
    const { body } = await api.get(`/inventory/instances/${name}`, { token: ADMIN });
    if (body.status === 1 || body.instance?.status === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Answers with its id. */
async function deploy(service: ReturnType<typeof uniqueService>, release: typeof RELEASE) {
  const fleet = { kind: 'inventory' as const, labels: LABELS };
  const retry = { maxAttempts: 1, initialIntervalMs: 1, backoff: 1, maxIntervalMs: 1 };
  const order = simulatedOrder(folder.path, service, [], { driver: { kind: 'agent' }, fleet, release, retry });
  const { id } = await belay.control.start({ ...order, instances: await belay.store.matching(LABELS) });
  return id;
}

const ledger = (name: string) =>
  readFileSync(join(folder.path, name, 'ledger'), 'utf8')
    .trim()
    .split('\n');

it('brings a release to instances whose agents ask what they should run, and takes a bad one back', async () => {
  const service = uniqueService();
  const good = await belay.ended(await deploy(service, RELEASE));
  expect(good).toMatchObject({ status: 'succeeded', counts: { succeeded: 3 } });
  const bad = await belay.ended(await deploy(service, BAD));
  expect(bad).toMatchObject({ status: 'rolled_back' });
  expect(bad.failures).toMatchObject([
    { reason: expect.stringContaining('update exited with status 1: it does not start; it runs 1.1.0 / 2') },
  ]);
  for (const name of NAMES) {
    const { body } = await api.get(`/inventory/instances/${name}`, { token: ADMIN });
    expect(JSON.stringify(body)).toContain('"code_version":"1.1.0"');
  }
  const [failed] = bad.failures;
  expect(ledger(failed!.instance)).toEqual([
    `${good.generation} 1.1.0`,
    `${bad.generation} 1.2.0`,
    `${bad.rollback_generation} 1.1.0`,
  ]);
});

it('waits for an instance whose agent is away for a moment', async () => {
  const service = uniqueService();
  const [first] = agents;
  first!.stop.abort();
  await first!.running;
  const other = { codeVersion: '1.3.0', configurationVersion: '3' };
  const id = await deploy(service, other);
  await belay.until(id, ({ counts }) => counts.in_flight > 0);
  agents.shift();
  rmSync(join(folder.path, 'web-01', 'ledger'));
  const stop = new AbortController();
  const config = await readAgentFile(join(folder.path, 'web-01', 'agent.yaml'));
  agents.push({ stop, running: runAgent(config, process.env, (text) => said.push(text), stop.signal) });
  expect(await belay.ended(id)).toMatchObject({ status: 'succeeded' });
  expect(ledger('web-01')).toHaveLength(1);
});
