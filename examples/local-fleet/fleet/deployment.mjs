import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_DIR, EXAMPLE } from './folder.mjs';
import { replaceFile } from './replace-file.mjs';

/**
 * Writes deployment.yaml for a fleet elsewhere, or for other versions, into the fleet's folder.
 * @returns the file's path
 */
export async function writeDeployment({ dir = DEFAULT_DIR, version, configuration = '1' }) {
  const text = (await readFile(path.join(EXAMPLE, 'deployment.yaml'), 'utf8'))
    .replace(/^(#.*\n)+/, '')
    .replace(/^release: .*$/m, `release: { code_version: "${version}", configuration_version: "${configuration}" }`)
    .replace(/file: .*instances\.json/, 'file: instances.json')
    .replace(
      /^( *)update: .*$/m,
      (_, indent) =>
        `${indent}update: [${JSON.stringify(path.join(EXAMPLE, 'update.sh'))}]\n` +
        `${indent}env: { FLEET_DIR: ${JSON.stringify(dir)} }`,
    );
  const file = path.join(dir, `deployment-${version}.yaml`);
  await replaceFile(file, text);
  return file;
}
