import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';

export type Found = { kind: 'found'; file: string } | { kind: 'missing'; why: string };

/**
 * The file that an argv's first word names: with a slash it counts from `directory`, without one
 * from the folders of `searchPath`, as a shell would find it.
 */
export async function findProgram(word: string, directory: string, searchPath: string | undefined): Promise<Found> {
  if (word.includes('/')) {
    const file = path.resolve(directory, word);
    const fault = await faultOf(file);
    return fault === undefined ? { kind: 'found', file } : { kind: 'missing', why: `${file} ${fault}` };
  }
  let nearest: string | undefined;
  for (const folder of (searchPath ?? '').split(path.delimiter)) {
    const file = path.resolve(directory, folder, word);
    const fault = await faultOf(file);
    if (fault === undefined) return { kind: 'found', file };
    if (fault !== ABSENT) nearest ??= `${file} ${fault}`;
  }
  return { kind: 'missing', why: nearest ?? `no folder of PATH (${searchPath ?? 'not set'}) has ${word}` };
}

const ABSENT = 'does not exist';

async function faultOf(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) return 'is a folder';
    await access(file, constants.X_OK);
    return undefined;
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case 'ENOENT':
      case 'ENOTDIR':
        return ABSENT;
      case 'EACCES':
        return `is not executable (chmod +x ${file})`;
      default:
        return `can't be read: ${(error as Error).message}`;
    }
  }
}
