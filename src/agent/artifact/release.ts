import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Versions } from '../../domain';

/** A release that came in an artifact: both versions, and the artifact's digest. */
export type Release = Required<Versions>;

/** Lies in a release's folder from before it has its name: what has one is whole. */
export const MARK = '.belay-release.json';

const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,79}$/;
const LONGEST = 80;

/**
 * The name of a release's folder: `<code version>-<configuration version>-<12 digits of the digest>`. Versions may hold what
 * a file's name must not, and be long; then they are told apart by a hash at the end, as they are where a dash in the
 * configuration's would have two releases share a name.
 */
export function releaseName({ codeVersion, configurationVersion, artifact }: Release): string {
  const name = (code: string, configuration: string) => `${code}-${configuration}-${hexOf(artifact).slice(0, 12)}`;
  const plain = PLAIN.test(codeVersion) && PLAIN.test(configurationVersion) && !configurationVersion.includes('-');
  if (plain) return name(codeVersion, configurationVersion);
  const hash = createHash('sha256')
    .update(JSON.stringify([codeVersion, configurationVersion]))
    .digest('hex');
  return `${name(safe(codeVersion), safe(configurationVersion))}-${hash.slice(0, 12)}`;
}

export function sameRelease(a: Release | undefined, b: Release | undefined): boolean {
  return (
    a?.codeVersion === b?.codeVersion &&
    a?.configurationVersion === b?.configurationVersion &&
    a?.artifact === b?.artifact
  );
}

/** The digits of a digest, without the name of its algorithm. */
export function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

function safe(version: string): string {
  return version
    .replace(/[^A-Za-z0-9._+-]/g, '_')
    .replace(/^[^A-Za-z0-9]/, '_')
    .slice(0, LONGEST);
}

/** Says what is in a folder, durably; the last thing that is put into it. */
export async function writeMark(
  folder: string,
  { codeVersion, configurationVersion, artifact }: Release,
): Promise<void> {
  const handle = await open(join(folder, MARK), 'wx', 0o644);
  try {
    const mark = { code_version: codeVersion, configuration_version: configurationVersion, artifact };
    await handle.writeFile(`${JSON.stringify(mark, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The release that is in a folder; undefined: none. */
export async function readMark(folder: string): Promise<Release | undefined> {
  try {
    const mark = JSON.parse(await readFile(join(folder, MARK), 'utf8')) as Record<string, unknown>;
    const { code_version: codeVersion, configuration_version: configurationVersion, artifact } = mark;
    if (typeof codeVersion !== 'string' || typeof configurationVersion !== 'string') return undefined;
    return typeof artifact === 'string' ? { codeVersion, configurationVersion, artifact } : undefined;
  } catch {
    return undefined;
  }
}
