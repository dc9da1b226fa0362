import { randomBytes } from 'node:crypto';
import { access, constants, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { Entries } from './map';

/**
 * The file that HAProxy reads a map from when it starts; undefined where it isn't on this machine, as far as can be told.
 * Entries that are set at runtime are in no other file: without it they are gone with the process.
 */
export function mapFileOf(endpoint: string, map: string): string | undefined {
  return endpoint.startsWith('unix:') && isAbsolute(map) ? map : undefined;
}

/** How a map's file can be kept up. `elsewhere`: neither it nor its folder is here. */
export type Keeping = 'replaced' | 'overwritten' | 'denied' | 'elsewhere';

export async function keepingOf(file: string): Promise<Keeping> {
  if (await writable(dirname(file))) return 'replaced';
  if (await writable(file)) return 'overwritten';
  return (await exists(file)) ? 'denied' : 'elsewhere';
}

/** Writes what HAProxy has in memory, unless the file says it already. Lines of comment stay, at its top. */
export async function keepMap(file: string, keeping: 'replaced' | 'overwritten', entries: Entries): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => '');
  const comments = before.split('\n').filter((line) => line.trimStart().startsWith('#'));
  const lines = [...comments, ...[...entries].map(([key, value]) => `${key} ${value}`)];
  const text = lines.map((line) => `${line}\n`).join('');
  if (text === before) return;
  if (keeping === 'overwritten') return writeFile(file, text);
  await replace(file, text);
}

/** Whoever reads it finds the old text or the new one, also after a crash. */
async function replace(file: string, text: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o644);
    try {
      // Only root may give a file away; whoever else may write here gets a file of their own.
      if (found !== undefined) await handle.chown(found.uid, found.gid).catch(() => undefined);
      if (found !== undefined) await handle.chmod(found.mode & 0o777);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
