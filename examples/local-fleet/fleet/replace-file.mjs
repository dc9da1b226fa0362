import { rename, writeFile } from 'node:fs/promises';

/** Whoever reads the file sees the old text or the new one, never a half. */
export async function replaceFile(file, text) {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
