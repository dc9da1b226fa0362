import { open } from 'node:fs/promises';

/** What is in that folder or file outlives a crash of the machine: of a folder, which names it has. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
