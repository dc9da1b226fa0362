import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { bytesText } from '../../domain/bytes';
import { durationText } from '../../domain/duration';
import { timerMs } from '../../domain/timer';
import { pause } from '../pause';
import { wordsOf } from '../words';
import { ArtifactFailure, isDiskError } from './failure';

/** What the control plane sends of an artifact: from that byte on, to the end. */
export interface Delivery {
  first: number;
  /** Of the whole artifact; absent: it doesn't tell. */
  size?: number;
  bytes: AsyncIterable<Buffer>;
}

export interface Download {
  digest: string;
  /** Grows until it is whole; what is there of an earlier one is kept. */
  file: string;
  maxBytes: number;
  timeoutMs: number;
  /** Asks for the artifact from that byte on. */
  ask: (from: number, signal: AbortSignal) => Promise<Delivery>;
  say: (text: string) => void;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Has the artifact in its file, whole and with the digest that it is known by. Broken off, it goes on where it was,
 * as long as the time allows.
 * @throws ArtifactFailure, in words; aborted, the signal's reason
 */
export async function download(order: Download, signal: AbortSignal): Promise<void> {
  const { digest, file, timeoutMs, say } = order;
  const time = AbortSignal.timeout(timerMs(timeoutMs));
  const within = AbortSignal.any([signal, time]);
  let begun = await sizeOf(file);
  let kept = begun > 0;
  // It may be whole: an agent was stopped right then.
  if (kept && (await digestOf(file, signal)) === digest) return;
  if (kept) say(`${digest} goes on from byte ${begun}`);
  let last: unknown;
  for (let failures = 0; ; failures++) {
    try {
      await fetchRest(order, within);
      const found = await digestOf(file, within);
      if (found === digest) return;
      await rm(file, { force: true });
      if (!kept) throw new ArtifactFailure(`the artifact that arrived is ${found}, not ${digest}; it was thrown away`);
      // What was kept of an earlier download may have suffered when the machine went down.
      say(`what was kept of ${digest} is damaged; it is fetched anew`);
      kept = false;
      failures = 0;
      continue;
    } catch (error) {
      signal.throwIfAborted();
      if (!time.aborted) {
        if (error instanceof ArtifactFailure || isDiskError(error)) throw error;
        last = error;
        if (failures === 0) say(`the download of ${digest} broke off (${wordsOf(error)}); it is tried again`);
        const size = await sizeOf(file);
        if (size > begun) failures = 0;
        begun = size;
        await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures), within).catch(() => undefined);
      }
      signal.throwIfAborted();
      if (time.aborted) {
        const why = last === undefined ? '' : `: ${wordsOf(last)}`;
        throw new ArtifactFailure(
          `the download of ${digest} took longer than ${durationText(timeoutMs)} (timeouts.download)${why}`,
          true,
        );
      }
    }
  }
}

/** Appends what is missing; throws when it breaks off. */
async function fetchRest({ digest, file, maxBytes, ask }: Download, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const tooLarge = async (size: number) => {
    done.abort();
    await rm(file, { force: true });
    const least = bytesText(maxBytes);
    return new ArtifactFailure(`${digest} has ${size} bytes or more, and artifact.max_size is ${least}`);
  };
  const from = await sizeOf(file);
  const { first, size, bytes } = await ask(from, AbortSignal.any([signal, done.signal]));
  const handle = await open(file, 'a', 0o600);
  try {
    if (size !== undefined && size > maxBytes) throw await tooLarge(size);
    if (first !== from) await handle.truncate(first);
    let end = first;
    for await (const chunk of bytes) {
      end += chunk.length;
      if (end > maxBytes) throw await tooLarge(end);
      await handle.writeFile(chunk);
    }
    if (size !== undefined && end < size) throw new Error(`it ended after ${end} of ${size} bytes`);
  } finally {
    done.abort();
    await handle.close();
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function digestOf(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}
