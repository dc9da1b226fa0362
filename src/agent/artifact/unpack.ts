import { link, mkdir, open, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReadEntry } from 'tar';
import { readArchive } from './archive';
import type { ArchiveLimits } from './archive-rules';
import { syncTree } from './durable';

/** No set-user-id, set-group-id or sticky bits. */
const MODE = 0o777;
/** The agent must be able to fill a folder, and to remove it. */
const OWN = 0o700;

/**
 * Unpacks an archive into a folder that isn't there yet. It is read twice: the first time only looked at, so that one that
 * breaks a rule changes nothing. Files are made where none are, and links come last: nothing is ever written through one.
 */
export async function unpack(file: string, folder: string, limits: ArchiveLimits, signal: AbortSignal): Promise<void> {
  await readArchive(file, limits, async () => undefined, signal);
  await mkdir(folder, { mode: 0o755 });
  const symlinks: { path: string; target: string }[] = [];
  await readArchive(
    file,
    limits,
    async (taken, entry) => {
      const path = join(folder, taken.path);
      if (taken.kind === 'symlink') return void symlinks.push({ path, target: taken.target });
      if (taken.kind === 'folder')
        return void (await mkdir(path, { recursive: true, mode: modeOf(entry, 0o755) | OWN }));
      await mkdir(dirname(path), { recursive: true, mode: 0o755 });
      if (taken.kind === 'hardlink') await link(join(folder, taken.target), path);
      else await writeFile(path, entry);
    },
    signal,
  );
  for (const { path, target } of symlinks) {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await symlink(target, path);
  }
  await syncTree(folder, signal);
}

async function writeFile(path: string, entry: ReadEntry): Promise<void> {
  const handle = await open(path, 'wx', modeOf(entry, 0o644));
  try {
    for await (const chunk of entry) await handle.writeFile(chunk);
    if (entry.mtime !== undefined) await handle.utimes(entry.mtime, entry.mtime);
  } finally {
    await handle.close();
  }
}

function modeOf({ mode }: ReadEntry, usual: number): number {
  return mode === undefined ? usual : mode & MODE;
}
