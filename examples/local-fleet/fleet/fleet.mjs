import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freeAddress } from './address.mjs';
import { DEFAULT_DIR } from './folder.mjs';
import { answers, ask, effective, start, stop } from './instance.mjs';
import { replaceFile } from './replace-file.mjs';

/**
 * Starts the fleet: new instances with the given versions, known ones as they were, each on its own port.
 * @returns the fleet: its folder, the file that lists its instances, and these
 */
export async function startFleet({
  dir = DEFAULT_DIR,
  count = 6,
  version = '1.0.0',
  configuration = '1',
  service = 'web',
} = {}) {
  await mkdir(dir, { recursive: true });
  await rm(path.join(dir, 'down'), { force: true });
  const names = Array.from({ length: count }, (_, index) => `${service}-${String(index + 1).padStart(2, '0')}`);
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
  await Promise.all(instances.map((instance) => start(dir, instance, { SERVICE: service })));
  const instancesFile = path.join(dir, 'instances.json');
  await replaceFile(instancesFile, `${JSON.stringify(instances, null, 2)}\n`);
  await Promise.all(instances.map(answers));
  return { dir, instancesFile, instances };
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

async function listed(dir) {
  const text = await readFile(path.join(dir, 'instances.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text);
}

async function folders(dir) {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && /-\d+$/.test(entry.name)).map(({ name }) => name);
}
