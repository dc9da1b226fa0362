import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { wordsOf } from '../words';
import { ArchiveRules, refused, tooLarge, type ArchiveLimits, type Taken } from './archive-rules';
import { ArtifactFailure, isDiskError } from './failure';

/** What is done with an entry; what it doesn't read of the content is passed over. */
export type Visit = (taken: Taken, entry: ReadEntry) => Promise<void>;

/**
 * Reads an archive (tar.gz) once, entry after entry, by the rules.
 * @throws ArtifactFailure where it breaks a rule, is damaged, or isn't one
 */
export async function readArchive(file: string, limits: ArchiveLimits, visit: Visit, signal: AbortSignal) {
  const rules = new ArchiveRules(limits);
  const parser = new Parser({ strict: true });
  let visited = Promise.resolve();
  let ended = false;
  let fault: Error | undefined;
  const failed = new Promise<void>((resolve) => {
    const fail = (error: Error) => {
      fault ??= error;
      resolve();
    };
    parser.on('error', fail);
    // Kinds that the parser doesn't know, and headers beyond all measure.
    parser.on('ignoredEntry', ({ path, type }: ReadEntry) => fail(refused(`${path} is a ${type}`)));
    parser.on('eof', () => (ended = true));
    parser.on('entry', (entry: ReadEntry) => {
      visited = visited.then(async () => {
        if (fault !== undefined) return;
        signal.throwIfAborted();
        await visit(rules.take(entry), entry);
        entry.resume();
      });
      visited.catch(fail);
    });
  });
  const either = async (event: Promise<unknown>) => {
    await Promise.race([event, failed]);
    if (fault !== undefined) throw fault;
  };
  const raw = createReadStream(file, { signal });
  try {
    for await (const chunk of unpacked(raw, limits.maxUnpackedBytes)) {
      const flows = parser.write(chunk);
      await either(flows ? Promise.resolve() : new Promise((resolve) => parser.once('drain', resolve)));
    }
    const finished = new Promise((resolve) => parser.once('end', resolve));
    parser.end();
    await either(finished);
    await either(visited);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ArtifactFailure || isDiskError(error) ? error : refused(`it is damaged (${wordsOf(error)})`);
  } finally {
    raw.destroy();
  }
  if (!ended) throw refused('it is cut off: its end mark is missing');
}

const BLOCK = 512;

/** The archive without its compression. The parser would take off one more layer, which no limit sees. */
async function* unpacked(raw: NodeJS.ReadableStream, most: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  raw.on('error', (error: Error) => gunzip.destroy(error));
  let begin: Buffer | undefined = Buffer.alloc(0);
  let size = 0;
  for await (const chunk of raw.pipe(gunzip) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw tooLarge(most);
    if (begin === undefined) {
      yield chunk;
      continue;
    }
    begin = Buffer.concat([begin, chunk]);
    if (begin.length < BLOCK) continue;
    if (COMPRESSED.some((magic) => begin?.subarray(0, magic.length).equals(magic)))
      throw refused('it is no tar archive');
    yield begin;
    begin = undefined;
  }
  if (begin !== undefined) throw refused('it is no tar archive');
}

/** How gzip and zstd begin. */
const COMPRESSED = [Buffer.from([0x1f, 0x8b]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd])];
