import { execFile } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { EXAMPLE } from './folder.mjs';

/**
 * Packs a release as an artifact: its code and its configuration in one archive.
 * @returns the path of the .tar.gz
 */
export async function pack(version, configuration, into) {
  const folder = path.join(into, `${version}-${configuration}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(into, { recursive: true });
  await cp(path.join(EXAMPLE, 'releases', version), folder, { recursive: true });
  await cp(path.join(EXAMPLE, 'configurations', `${configuration}.json`), path.join(folder, 'configuration.json'));
  const file = `${folder}.tar.gz`;
  await promisify(execFile)('tar', ['-czf', file, '-C', folder, '.']);
  return file;
}
