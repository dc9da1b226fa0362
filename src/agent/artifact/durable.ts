import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sync } from '../../drivers/artifact/sync';

/** How many files are on their way to the disk at a time. */
const AT_ONCE = 16;

/** All that is below a folder outlives a crash of the machine. Links are part of their folders, and not followed. */
export async function syncTree(folder: string, signal: AbortSignal): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => entry.isFile() || entry.isDirectory());
  const rest = paths.map((entry) => join(entry.parentPath, entry.name)).values();
  const work = async () => {
    for (const path of rest) {
      signal.throwIfAborted();
      await sync(path);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await sync(folder);
}

/** Takes away whatever is there. Whoever is aborted doesn't wait for it, which may take long. */
export async function remove(path: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const removed = rm(path, { recursive: true, force: true, maxRetries: 3 });
  await new Promise<void>((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop);
    void removed.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** A link is there with its new target or with its old one, at every moment; it is made ready in another folder. */
export async function replaceLink(link: string, target: string, scratch: string): Promise<void> {
  const temporary = join(scratch, `link.${randomBytes(4).toString('hex')}`);
  await symlink(target, temporary);
  await rename(temporary, link);
  await sync(dirname(link));
}
