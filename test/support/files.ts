import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder for one test file's files, removed when it has ended. */
export function temporaryFolder() {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'belay-test-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    path: folder,
    /** Writes a file into it; anything but a text or bytes as JSON. */
    write(name: string, content: unknown): string {
      const file = path.join(folder, name);
      const raw = typeof content === 'string' || Buffer.isBuffer(content);
      writeFileSync(file, raw ? content : JSON.stringify(content));
      return file;
    },
  };
}
