import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { types } from 'node:util';

/** A text as it was read, and what tells whether its file has been touched since. */
export interface ReadFile {
  text: string;
  identity: string;
  owner: { uid: number; gid: number };
  mode: number;
}

/** Reads a file whole: one that is being written meanwhile is another one at the next look. */
export async function readWhole(path: string): Promise<ReadFile> {
  const file = await open(path);
  try {
    // Asked before reading: what is written during it shows as another identity then.
    const found = await file.stat({ bigint: true });
    const text = await file.readFile('utf8');
    const owner = { uid: Number(found.uid), gid: Number(found.gid) };
    return { text, identity: identityOf(found), owner, mode: Number(found.mode) & 0o777 };
  } finally {
    await file.close();
  }
}

interface Identifying {
  dev: bigint;
  ino: bigint;
  mtimeNs: bigint;
  size: bigint;
}

function identityOf({ dev, ino, mtimeNs, size }: Identifying): string {
  return [dev, ino, mtimeNs, size].join('/');
}

/** Replaces a file at once: whoever reads it finds the old text or the new one, also after a crash. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  await replace(path, text, { mode });
}

/** As `replaceFile`, unless somebody else has touched the file since it was read: then it is left alone. */
export async function replaceRead(path: string, text: string, read: ReadFile): Promise<boolean> {
  const { mode, owner, identity } = read;
  const untouched = async () => identityOf(await stat(path, { bigint: true })) === identity;
  return replace(path, text, { mode, owner, untouched });
}

interface Replacing {
  mode: number;
  owner?: ReadFile['owner'];
  /** Asked last of all. */
  untouched?: () => Promise<boolean>;
}

async function replace(path: string, text: string, { mode, owner, untouched }: Replacing): Promise<boolean> {
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
    if (untouched !== undefined && !(await untouched())) {
      await rm(temporary, { force: true });
      return false;
    }
    await rename(temporary, path);
    return true;
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
