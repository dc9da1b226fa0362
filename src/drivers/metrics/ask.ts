import { types } from 'node:util';
import { request } from 'undici';
import type { Reading } from '../../domain/analysis';
import { timerMs } from '../../domain/timer';

const MOST_BYTES = 4 * 1024 * 1024;

/** What was answered, as JSON; or why there is nothing. */
export type Asked = { kind: 'answered'; status: number; body: unknown } | Extract<Reading, { kind: 'nothing' }>;

/** Asks an address; whatever goes wrong on the way is an answer. */
export async function ask(url: string, timeoutMs: number, signal: AbortSignal): Promise<Asked> {
  const where = new URL(url).origin;
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(timerMs(timeoutMs))]);
    const { statusCode, body } = await request(url, { signal: within, headers: { accept: 'application/json' } });
    const text = await textOf(body);
    if (statusCode >= 500) return nothing(`${where} answered ${statusCode}`);
    return { kind: 'answered', status: statusCode, body: JSON.parse(text) as unknown };
  } catch (error) {
    signal.throwIfAborted();
    return nothing(`${where} can't be asked: ${wordsOf(error, timeoutMs)}`);
  }
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error(`the answer is larger than ${MOST_BYTES / 1024 ** 2} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function nothing(why: string): Extract<Reading, { kind: 'nothing' }> {
  return { kind: 'nothing', why, unreachable: true };
}

function wordsOf(error: unknown, timeoutMs: number): string {
  // What Node's own parts throw is of another realm under a test runner.
  if (!types.isNativeError(error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  if (error instanceof SyntaxError) return 'the answer is no JSON';
  const { code, errors } = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  return (code ?? errors?.[0]?.code) === 'ECONNREFUSED' ? 'nothing listens there' : error.message;
}
