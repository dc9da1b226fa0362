import { readFile, stat } from 'node:fs/promises';
import { InputError } from '../domain/errors';

const MIB = 1024 * 1024;

/** The text of a file that a person named, without a byte order mark; an InputError when there is none. */
export async function readText(file: string, mostMib: number): Promise<string> {
  const bytes = await readBytes(file, mostMib);
  const text = decode(file, bytes);
  if (text.trim() === '') throw new InputError({ file, message: 'is empty; write something into it' });
  return text;
}

async function readBytes(file: string, mostMib: number): Promise<Buffer> {
  const tooLarge = new InputError({ file, message: `is larger than ${mostMib} MiB; is it the right file?` });
  try {
    const found = await stat(file);
    if (!found.isFile() && !found.isFIFO()) throw new InputError({ file, message: `is ${kindOf(found)}; name a file` });
    if (found.size > mostMib * MIB) throw tooLarge;
    const bytes = await readFile(file);
    if (bytes.length > mostMib * MIB) throw tooLarge;
    return bytes;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ file, message: whyUnreadable(error) });
  }
}

function kindOf(found: { isDirectory(): boolean }): string {
  return found.isDirectory() ? 'a folder' : 'neither a file nor a pipe';
}

/** Why a file can't be read, and what to do. */
export function whyUnreadable(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOENT':
      return "doesn't exist; check the path, or create it";
    case 'EACCES':
    case 'EPERM':
      return "may not be read by this user; change its permissions or its folder's";
    case 'EISDIR':
      return 'is a folder; name a file';
    case 'ENOTDIR':
      return 'lies under something that is a file, not a folder; check the path';
    case 'ELOOP':
      return 'is a link that leads back to itself; check the path';
    case 'ENAMETOOLONG':
      return 'is longer than a path may be; check the path';
    default:
      return `can't be read (${code ?? String(error)}); check the path and the disk`;
  }
}

function decode(file: string, bytes: Buffer): string {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) throw new InputError({ file, message: 'is UTF-16; save it as UTF-8' });
  const binary = new InputError({ file, message: 'is a binary file, not text in UTF-8; is it the right file?' });
  if (bytes.includes(0)) throw binary;
  try {
    // A byte order mark is dropped by the decoder.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw binary;
  }
}
