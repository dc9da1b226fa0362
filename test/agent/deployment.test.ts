import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAgent } from '../../src/agent';
import { readAgentFile } from '../../src/schemas/agent';
import type { Versions } from '../../src/domain';
import { ADMIN, REGISTRATION, TestApi } from '../support/api';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { startClient } from '../support/client-process';
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

/** One agent. */
async function agent(name: string): Promise<void> {
  const dir = instance(name, LABELS);
  const stop = new AbortController();
  const config = await readAgentFile(join(dir, 'agent.yaml'));
  const running = runAgent(config, process.env, (text) => said.push(`${name}: ${text}`), stop.signal);
  agents.push({ stop, running });
}

/** The folder of one with its agent.yaml; it doesn't start on a release that is bad. */
function instance(name: string, labels: Record<string, string>): string {
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
labels: ${JSON.stringify(labels)}
state_dir: state
update: [./update.sh]
health: { type: command, run: [cat, running], interval: 50ms, code_version: version, configuration_version: config }
heartbeat: { interval: 100ms }
`,
  );
  return dir;
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
async function deploy(service: ReturnType<typeof uniqueService>, release: Versions, labels = LABELS, force = false) {
  const fleet = { kind: 'inventory' as const, labels };
  const retry = { maxAttempts: 1, initialIntervalMs: 1, backoff: 1, maxIntervalMs: 1 };
  const order = simulatedOrder(folder.path, service, [], { driver: { kind: 'agent' }, fleet, release, retry, force });
  const { id } = await belay.control.start({ ...order, instances: await belay.store.matching(labels) });
  return id;
}

const ledger = (name: string) =>
  existsSync(join(folder.path, name, 'ledger'))
    ? readFileSync(join(folder.path, name, 'ledger'), 'utf8')
        .trim()
        .split('\n')
    : [];

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

it('leaves a healthy service alone whose agent could not begin a release, and runs the command where it did, or is told anew', async () => {
  const name = 'alone-01';
  const labels = { role: 'alone' };
  const service = uniqueService();
  const { child, ended } = startClient(['agent'], { cwd: instance(name, labels), env: {} });
  try {
    await known(name);
    const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/octet-stream' };
    const pushed = await fetch(`${api.url}/artifacts`, { method: 'POST', headers, body: 'no archive' });
    const { digest: artifact } = (await pushed.json()) as { digest: string };
    // Its agent has no folder for what comes in an artifact.
    const never = { ...BAD, artifact };
    const run = async (release: Versions, force = false) => belay.ended(await deploy(service, release, labels, force));

    expect(await run(never)).toMatchObject({ status: 'rolled_back' });
    expect(ledger(name)).toEqual([]);
    const good = await run(RELEASE);
    expect(await run(never)).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 1 } });
    expect(ledger(name)).toEqual([`${good.generation} 1.1.0`]);
    const again = await run(RELEASE, true);
    expect(ledger(name).slice(1)).toEqual([`${again.generation} 1.1.0`]);
    const bad = await run(BAD);
    expect(ledger(name).slice(2)).toEqual([`${bad.generation} 1.2.0`, `${bad.rollback_generation} 1.1.0`]);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
});
