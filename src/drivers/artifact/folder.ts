import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ArtifactRefused,
  isDigest,
  type ArtifactStore,
  type ByteRange,
  type StoredArtifact,
} from '../../domain/artifact';
import { bytesText } from '../../domain/bytes';
import { sync } from './sync';

const CHUNK = 256 * 1024;
/** What a process that was killed left is no push any more after this long. */
const ABANDONED_MS = 24 * 60 * 60 * 1_000;
const PUSHING = '.pushing-';

/** Artifacts as files of a folder, which the processes of one machine share. */
export class ArtifactFolder implements ArtifactStore {
  constructor(
    private readonly folder: string,
    private readonly mostBytes: number,
  ) {}

  async put(content: AsyncIterable<Uint8Array>, expected?: string) {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.dropAbandoned();
    const pushed = join(this.folder, `${PUSHING}${randomUUID()}`);
    try {
      const digest = await this.write(pushed, content);
      if (expected !== undefined && digest !== expected) {
        throw new ArtifactRefused('other_digest', `what arrived is ${digest}, and ${expected} was announced`);
      }
      const before = await this.find(digest);
      if (before !== undefined) return { artifact: before, existed: true };
      await rename(pushed, this.fileOf(digest));
      await sync(this.folder);
      return { artifact: (await this.find(digest))!, existed: false };
    } finally {
      await rm(pushed, { force: true });
    }
  }

  async find(digest: string): Promise<StoredArtifact | undefined> {
    if (!isDigest(digest)) return undefined;
    const found = await stat(this.fileOf(digest)).catch(orAbsent);
    return found && { digest, size: found.size, storedAt: found.mtime };
  }

  async read(digest: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    const file = isDigest(digest) ? await open(this.fileOf(digest)).catch(orAbsent) : undefined;
    return file?.createReadStream({ highWaterMark: CHUNK, ...(range && { start: range.first, end: range.last }) });
  }

  async list(): Promise<StoredArtifact[]> {
    const names = (await readdir(this.folder).catch(orAbsent)) ?? [];
    const found = await Promise.all(names.map((name) => this.find(`sha256:${name}`)));
    return found
      .filter((each) => each !== undefined)
      .sort((a, b) => b.storedAt.getTime() - a.storedAt.getTime() || (a.digest < b.digest ? -1 : 1));
  }

  async delete(digest: string): Promise<boolean> {
    if ((await this.find(digest)) === undefined) return false;
    await rm(this.fileOf(digest), { force: true });
    return true;
  }

  private fileOf(digest: string): string {
    return join(this.folder, digest.slice('sha256:'.length));
  }

  /** Answers the digest of what was written, all of which is on the disk then. */
  private async write(path: string, content: AsyncIterable<Uint8Array>): Promise<string> {
    const hash = createHash('sha256');
    const file = await open(path, 'wx', 0o600);
    try {
      let size = 0;
      for await (const chunk of content) {
        size += chunk.length;
        if (size > this.mostBytes) {
          const most = bytesText(this.mostBytes);
          throw new ArtifactRefused(
            'too_large',
            `it is larger than ${most}; artifacts.max_size of belay.yaml allows more`,
          );
        }
        hash.update(chunk);
        await file.appendFile(chunk);
      }
      if (size === 0) throw new ArtifactRefused('empty', 'it is empty');
      await file.sync();
    } finally {
      await file.close();
    }
    return `sha256:${hash.digest('hex')}`;
  }

  private async dropAbandoned(): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (!name.startsWith(PUSHING)) continue;
      const path = join(this.folder, name);
      const last = await stat(path).catch(orAbsent);
      if (last !== undefined && Date.now() - last.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
    }
  }
}

function orAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
