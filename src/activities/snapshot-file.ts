import { constants, copyFile, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { healthWord, type Snapshot } from '../domain';
import type { Tools } from './dependencies';
import { fileFault, replaceFile } from './files';
import { Refusal } from './refusal';

/** Readable by whoever may read the fleet's folder; no secret is in it. */
const MODE = 0o644;

/** One entry of the file. */
interface Entry {
  instance_id: string;
  code_version: string | null;
  configuration_version: string | null;
  artifact?: string;
  health: string;
}

export type NamedSnapshot = { name: string; snapshot: Snapshot };

/** Writes the snapshot file; an older one is kept beside it under the generation that wrote it. */
export async function writeSnapshotFile(
  tools: Tools,
  path: string,
  generation: number,
  members: NamedSnapshot[],
): Promise<void> {
  const writer = await tools.store.snapshotFileWriter(path);
  try {
    if (writer !== generation) await keepOlder(path, writer === undefined ? `before-${generation}` : String(writer));
    await replaceFile(path, textOf(Object.fromEntries(members.map((one) => [one.name, entryOf(one)]))), MODE);
  } catch (error) {
    const fault = fileFault(error);
    if (fault === undefined) throw error;
    throw new Refusal(
      `the snapshot file ${path} can't be written (${fault}); make it writable, or name another one with --snapshot`,
    );
  }
}

/** Adds newcomers to the file, as long as it is this deployment's. */
export async function addToSnapshotFile(
  tools: Tools,
  path: string | undefined,
  generation: number,
  joiners: NamedSnapshot[],
): Promise<void> {
  if (path === undefined || joiners.length === 0 || (await tools.store.snapshotFileWriter(path)) !== generation) return;
  const entries = JSON.parse(await readFile(path, 'utf8')) as Record<string, Entry>;
  // An instance may be called "constructor".
  for (const joiner of joiners) if (!Object.hasOwn(entries, joiner.name)) entries[joiner.name] = entryOf(joiner);
  await replaceFile(path, textOf(entries), MODE);
}

/** A copy that is there already was made by this very begin, before a crash: what lies at `path` may be newer. */
async function keepOlder(path: string, label: string): Promise<void> {
  const extension = extname(path) || '.json';
  const kept = join(dirname(path), `${basename(path, extension)}.${label}${extension}`);
  await copyFile(path, kept, constants.COPYFILE_EXCL).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
  });
}

function entryOf({ name, snapshot }: NamedSnapshot): Entry {
  const { artifact } = snapshot.versions ?? {};
  return {
    instance_id: name,
    code_version: snapshot.versions?.codeVersion ?? null,
    configuration_version: snapshot.versions?.configurationVersion ?? null,
    ...(artifact === undefined ? {} : { artifact }),
    health: healthWord(snapshot.health),
  };
}

function textOf(entries: Record<string, Entry>): string {
  return `${JSON.stringify(entries, null, 2)}\n`;
}
