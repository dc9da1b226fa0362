import { writeFile } from 'node:fs/promises';
import { InputError } from '../domain/errors';

/** Writes what an option asked for; where that can't be, the option was wrong. */
export async function writeFileFor(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InputError({ file, message: `can't be written: ${why}` });
  }
}
