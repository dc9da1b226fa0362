import { createConnection, type Socket } from 'node:net';
import { parseAddress } from '../../../domain/address';
import { durationText } from '../../../domain/duration';
import { said } from '../../../domain/said';
import { timerMs } from '../../../domain/timer';
import { TrafficFault } from '../driver';

/** HAProxy reads a line of at most `tune.bufsize`, 16 KiB. */
const LINE_BYTES = 8 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;

/** How to get to a HAProxy's Runtime API. */
export interface Line {
  /** `unix:/run/haproxy/admin.sock` or `10.0.0.1:9999`. */
  endpoint: string;
  timeoutMs: number;
}

/**
 * Sends commands to a Runtime API, and answers with what each of them was answered: HAProxy closes a connection after one
 * line, and takes several commands in it. An answer ends with an empty line; the usual one of a command that was obeyed is empty.
 */
export async function ask(line: Line, commands: readonly string[], signal: AbortSignal): Promise<string[]> {
  const answers: string[] = [];
  for (const part of cut(commands)) {
    const told = answersIn(await converse(line, `${part.join(';')}\n`, signal));
    if (told.length !== part.length) {
      throw fault(line, `it answered ${told.length} of ${part.length} commands; is that its Runtime API?`);
    }
    answers.push(...told);
  }
  return answers;
}

/** Sends commands that are answered by nothing when they are obeyed. */
export async function order(line: Line, commands: readonly string[], signal: AbortSignal): Promise<void> {
  const answers = await ask(line, commands, signal);
  const refused = answers.flatMap((answer, i) =>
    answer === '' ? [] : [`${commands[i]} was answered: ${said(answer)}`],
  );
  if (refused.length > 0) throw fault(line, refused.join('; '));
}

export function fault({ endpoint }: Pick<Line, 'endpoint'>, why: string, unreached = false): TrafficFault {
  return new TrafficFault(`HAProxy at ${endpoint}: ${why}`, unreached);
}

function cut(commands: readonly string[]): string[][] {
  const parts: string[][] = [];
  let size = LINE_BYTES;
  for (const command of commands) {
    size += command.length + 1;
    if (size > LINE_BYTES) parts.push([]);
    if (size > LINE_BYTES) size = command.length + 1;
    parts.at(-1)?.push(command);
  }
  return parts;
}

function answersIn(text: string): string[] {
  const answers: string[] = [];
  let lines: string[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    if (line !== '') lines.push(line);
    else {
      answers.push(lines.join('\n'));
      lines = [];
    }
  }
  return answers;
}

function converse(line: Line, text: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = connectTo(line);
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      settle();
    };
    const fail = (why: string, unreached = true): void => end(() => reject(fault(line, why, unreached)));
    const abort = (): void => end(() => reject(reasonOf(signal)));
    const timer = setTimeout(() => fail(`no answer within ${durationText(line.timeoutMs)}`), timerMs(line.timeoutMs));
    signal.addEventListener('abort', abort, { once: true });
    socket.on('connect', () => socket.write(text));
    socket.on('data', (bytes) => {
      chunks.push(bytes);
      size += bytes.length;
      if (size > MOST_BYTES) fail(`its answer is longer than ${MOST_BYTES / 1024 ** 2} MiB`, false);
    });
    socket.on('end', () => end(() => resolve(Buffer.concat(chunks).toString())));
    socket.on('error', (error) => fail(wordsOf(error)));
  });
}

function connectTo(line: Line): Socket {
  if (line.endpoint.startsWith('unix:')) return createConnection({ path: line.endpoint.slice('unix:'.length) });
  const address = parseAddress(line.endpoint);
  if (address === undefined) throw fault(line, 'that is no endpoint; write unix:/path or host:port');
  return createConnection(address);
}

function reasonOf({ reason }: AbortSignal): Error {
  // What Node's own parts throw is of another realm under a test runner.
  return typeof reason === 'object' && reason !== null ? (reason as Error) : new Error(String(reason));
}

function wordsOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such socket. Start HAProxy with `stats socket … level admin`, or correct traffic.endpoints.';
    case 'EACCES':
      return 'the worker may not open the socket. Let it: `stats socket … user … mode 660 level admin`.';
    case 'ECONNREFUSED':
      return 'nothing listens there. Start HAProxy, or correct traffic.endpoints.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'there is no such host. Correct traffic.endpoints.';
    case undefined:
    default:
      return `it can't be reached: ${message}`;
  }
}
