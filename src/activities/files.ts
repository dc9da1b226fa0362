import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { types } from 'node:util';

/** Who owns a file. */
export interface Owner {
  uid: number;
  gid: number;
}

/** Replaces a file at once: whoever reads it finds the old text or the new one, also after a crash. */
export async function replaceFile(path: string, text: string, mode: number, owner?: Owner): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      // Only root may give a file away; whoever else may write here gets a file of their own.
      if (owner !== undefined) await file.chown(owner.uid, owner.gid).catch(() => undefined);
      await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A fault of the file system in words; undefined when the error is another one. */
export function fileFault(error: unknown): string | undefined {
  if (!types.isNativeError(error) || !('syscall' in error)) return undefined;
  return /^[A-Z0-9]+: (.*?)(,|$)/.exec(error.message)?.[1] ?? error.message;
}
