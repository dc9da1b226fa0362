import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { EXAMPLE } from './folder.mjs';

const run = promisify(execFile);
/** The generation of what was there before any deployment. */
const FIRST_GENERATION = 0;

/** What an instance runs, or is about to; undefined when nothing was ever installed. */
export async function effective(dir, name) {
  const line = await readFile(path.join(dir, name, 'current', 'effective'), 'utf8').catch(() => undefined);
  if (line === undefined) return undefined;
  const [, codeVersion, configurationVersion] = line.trim().split(' ');
  return { codeVersion, configurationVersion };
}

/** The update command is what installs an instance, too; one that is installed is only started. */
export async function start(dir, { instance_id, address, code_version, configuration_version }, env) {
  const installed = (await effective(dir, instance_id)) !== undefined;
  await update(dir, instance_id, installed ? ['--start'] : [], {
    ...env,
    INSTANCE_ADDRESS: address,
    CODE_VERSION: code_version,
    CONFIGURATION_VERSION: configuration_version,
    GENERATION: String(FIRST_GENERATION),
  });
}

/** Stops its server; what it runs stays installed. */
export async function stop(dir, name) {
  await update(dir, name, ['--stop'], {});
}

async function update(dir, name, args, env) {
  try {
    await run(path.join(EXAMPLE, 'update.sh'), args, {
      env: { ...process.env, ...env, FLEET_DIR: dir, INSTANCE_ID: name },
    });
  } catch (error) {
    throw new Error(error.stderr?.trim() || `${name}: ${error.message}`);
  }
}

/** Waits until it answers at its address. */
export async function answers({ instance_id, address }) {
  for (let tries = 0; tries < 200; tries++) {
    const health = await ask(address);
    if (health?.instance === instance_id) return;
    if (health !== undefined) throw new Error(`${address} is ${instance_id}'s, but ${health.instance} answers there`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${instance_id} does not answer at ${address}; see the file log in its folder`);
}

/** What whoever answers at an address says of itself; undefined: nobody does. */
export async function ask(address) {
  try {
    const answer = await fetch(`http://${address}/health`, { signal: AbortSignal.timeout(2_000) });
    return await answer.json();
  } catch {
    return undefined;
  }
}
