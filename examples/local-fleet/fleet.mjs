#!/usr/bin/env node
/**
 * The example fleet: instances of a small web service, each a process of its own on this machine.
 * A program (`node fleet.mjs up|down|status`) and a module. Plain Node, no dependencies.
 */
import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const HERE = path.dirname(realpathSync(fileURLToPath(import.meta.url)));
export const DEFAULT_DIR = path.resolve(process.env.FLEET_DIR ?? path.join(HERE, '.belay-fleet'));

const run = promisify(execFile);
/** The generation of what was there before any deployment. */
const FIRST_GENERATION = 0;
/** Below the ports that a system hands out by itself: nobody takes one while its instance restarts. */
const PORTS = { from: 20_000, to: 30_000 };

/**
 * Starts the fleet: new instances with the given versions, known ones as they were, each on its own port.
 * @returns the fleet: its folder, the file that lists its instances, and these
 */
export async function startFleet({ dir = DEFAULT_DIR, count = 6, version = '1.0.0', configuration = '1' } = {}) {
  await mkdir(dir, { recursive: true });
  await rm(path.join(dir, 'down'), { force: true });
  const names = Array.from({ length: count }, (_, index) => `web-${String(index + 1).padStart(2, '0')}`);
  const known = new Map((await listed(dir)).map((instance) => [instance.instance_id, instance]));
  const taken = new Set([...known.values()].map(({ address }) => address));

  const instances = [];
  for (const [index, name] of names.entries()) {
    const now = await effective(dir, name);
    instances.push({
      instance_id: name,
      code_version: now?.codeVersion ?? version,
      configuration_version: now?.configurationVersion ?? configuration,
      address: known.get(name)?.address ?? (await freeAddress(taken)),
      labels: { zone: index % 2 === 0 ? 'a' : 'b' },
    });
  }
  await Promise.all((await folders(dir)).filter((name) => !names.includes(name)).map((name) => stop(dir, name)));
  await Promise.all(instances.map((instance) => start(dir, instance)));
  const instancesFile = path.join(dir, 'instances.json');
  await replaceFile(instancesFile, `${JSON.stringify(instances, null, 2)}\n`);
  await Promise.all(instances.map(answers));
  return { dir, instancesFile, instances, ledger: (name) => ledger(name, dir) };
}

/** Stops every instance; updates that come later are refused. `purge` forgets the fleet as well. */
export async function stopFleet({ dir = DEFAULT_DIR, purge = false } = {}) {
  if (!existsSync(dir)) return;
  await writeFile(path.join(dir, 'down'), '');
  await Promise.all((await folders(dir)).map((name) => stop(dir, name)));
  if (purge) await rm(dir, { recursive: true, force: true });
}

/** What each instance says of itself. */
export async function fleetStatus({ dir = DEFAULT_DIR } = {}) {
  return Promise.all(
    (await listed(dir)).map(async ({ instance_id, address }) => {
      const health = await ask(address);
      return { instance_id, address, ...(health ?? { status: 'not running' }) };
    }),
  );
}

/** Every change that became effective on an instance, oldest first. */
export async function ledger(name, dir = DEFAULT_DIR) {
  const text = await readFile(path.join(dir, name, 'ledger'), 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map(parsed);
}

/** What an instance runs, or is about to; undefined when nothing was ever installed. */
async function effective(dir, name) {
  const line = await readFile(path.join(dir, name, 'current', 'effective'), 'utf8').catch(() => undefined);
  return line === undefined ? undefined : parsed(line.trim());
}

function parsed(line) {
  const [generation, codeVersion, configurationVersion] = line.split(' ');
  return { generation: Number(generation), codeVersion, configurationVersion };
}

/**
 * Writes deployment.yaml for a fleet elsewhere, or for other versions, into the fleet's folder.
 * @returns the file's path
 */
export async function writeDeployment({ dir = DEFAULT_DIR, version, configuration = '1' }) {
  const text = (await readFile(path.join(HERE, 'deployment.yaml'), 'utf8'))
    .replace(/^(#.*\n)+/, '')
    .replace(/^release: .*$/m, `release: { code_version: "${version}", configuration_version: "${configuration}" }`)
    .replace(/file: .*instances\.json/, 'file: instances.json')
    .replace(
      /^( *)update: .*$/m,
      (_, indent) =>
        `${indent}update: [${JSON.stringify(path.join(HERE, 'update.sh'))}]\n` +
        `${indent}env: { FLEET_DIR: ${JSON.stringify(dir)} }`,
    );
  const file = path.join(dir, `deployment-${version}.yaml`);
  await replaceFile(file, text);
  return file;
}

/** The update command is what installs an instance, too; one that is installed is only started. */
async function start(dir, { instance_id, address, code_version, configuration_version }) {
  const installed = (await effective(dir, instance_id)) !== undefined;
  await update(dir, instance_id, installed ? ['--start'] : [], {
    INSTANCE_ADDRESS: address,
    CODE_VERSION: code_version,
    CONFIGURATION_VERSION: configuration_version,
    GENERATION: String(FIRST_GENERATION),
  });
}

async function stop(dir, name) {
  await update(dir, name, ['--stop'], {});
}

async function update(dir, name, args, env) {
  try {
    await run(path.join(HERE, 'update.sh'), args, {
      env: { ...process.env, ...env, FLEET_DIR: dir, INSTANCE_ID: name },
    });
  } catch (error) {
    throw new Error(error.stderr?.trim() || `${name}: ${error.message}`);
  }
}

async function answers({ instance_id, address }) {
  for (let tries = 0; tries < 200; tries++) {
    const health = await ask(address);
    if (health?.instance === instance_id) return;
    if (health !== undefined) throw new Error(`${address} is ${instance_id}'s, but ${health.instance} answers there`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${instance_id} does not answer at ${address}; see the file log in its folder`);
}

async function ask(address) {
  try {
    const answer = await fetch(`http://${address}/health`, { signal: AbortSignal.timeout(2_000) });
    return await answer.json();
  } catch {
    return undefined;
  }
}

async function listed(dir) {
  const text = await readFile(path.join(dir, 'instances.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text);
}

async function folders(dir) {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && entry.name.startsWith('web-')).map(({ name }) => name);
}

async function freeAddress(taken) {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    const address = `127.0.0.1:${port}`;
    if (taken.has(address) || !(await free(port))) continue;
    taken.add(address);
    return address;
  }
}

function free(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function replaceFile(file, text) {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

const USAGE = `usage: node fleet.mjs up|down|status [options]
  up       start the fleet, and write instances.json with its addresses
  down     stop it; what each instance runs is kept for the next start
  status   what each instance says of itself
options:
  --count N            how many instances (6)
  --version V          release of new instances (1.0.0; there are also 1.1.0 and 1.2.0)
  --configuration C    configuration of new instances (1; there is also 2)
  --dir FOLDER         where the fleet keeps its state (FLEET_DIR, else .belay-fleet next to this file)
  --purge              down: forget everything, so that the next start is fresh
  --json               print JSON`;

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '6' },
      version: { type: 'string', default: '1.0.0' },
      configuration: { type: 'string', default: '1' },
      dir: { type: 'string', default: DEFAULT_DIR },
      purge: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const dir = path.resolve(values.dir);
  const say = (document, text) => console.log(values.json ? JSON.stringify(document, null, 2) : text);
  if (values.help) return console.log(USAGE);
  switch (positionals.join(' ')) {
    case 'up': {
      if (!/^[1-9]\d{0,2}$/.test(values.count))
        throw new Error(`--count ${values.count}: a number from 1 to 999 is wanted`);
      const { version, configuration } = values;
      const { instances, instancesFile } = await startFleet({
        dir,
        count: Number(values.count),
        version,
        configuration,
      });
      const lines = instances.map((one) => `${one.instance_id}  http://${one.address}/  ${one.code_version}`);
      return say(
        { dir, instances_file: instancesFile, instances },
        [...lines, `listed in ${instancesFile}`].join('\n'),
      );
    }
    case 'down':
      await stopFleet({ dir, purge: values.purge });
      return say({ dir }, `the fleet in ${dir} is down`);
    case 'status': {
      const rows = await fleetStatus({ dir });
      const lines = rows.map((one) => `${one.instance_id}  ${one.address}  ${one.version ?? '-'}  ${one.status}`);
      return say(rows, lines.join('\n') || `there is no fleet in ${dir}; start one with: node fleet.mjs up`);
    }
    default:
      throw new Error(USAGE);
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 2;
  });
}
