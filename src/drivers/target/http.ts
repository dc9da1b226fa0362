import { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { Client, buildConnector, errors } from 'undici';
import { durationText } from '../../domain/duration';
import { timerMs } from '../../domain/timer';

export type HttpAnswer =
  | { kind: 'none'; reason: string }
  | {
      kind: 'answer';
      status: number;
      /** Where a redirect leads, as it was told. */
      location?: string;
      body: string;
      /** Why the body isn't whole. */
      broken?: string;
    };

export interface HttpLimits {
  connectTimeoutMs: number;
  /** From the start to the body's end. */
  timeoutMs: number;
}

const BODY_BYTES = 1024 * 1024;

/** What is sent. */
export interface HttpRequest {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

/** One GET, as `exchange`. */
export function get(url: URL, limits: HttpLimits, signal: AbortSignal): Promise<HttpAnswer> {
  return exchange(url, { method: 'GET', headers: { accept: 'application/json, */*' } }, limits, signal);
}

/**
 * One request over a connection of its own, which is closed afterwards; redirects are not followed. Aborted, it throws
 * the signal's reason.
 */
export async function exchange(
  url: URL,
  request: HttpRequest,
  limits: HttpLimits,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  // The timers below are the exact ones; this one is coarse, and only a last resort.
  const connector = buildConnector({ timeout: timerMs(limits.connectTimeoutMs + 1000) });
  const sockets: Socket[] = [];
  const client = new Client(url.origin, {
    // undici forgets a socket that is still connecting when its client is destroyed.
    connect: (options, callback) => {
      const socket: unknown = connector(options, callback);
      if (socket instanceof Socket) sockets.push(socket);
    },
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 0,
  });
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  let connected = false;
  const connecting = setTimeout(abort, timerMs(limits.connectTimeoutMs));
  const answering = setTimeout(abort, timerMs(limits.timeoutMs));
  client.once('connect', () => {
    connected = true;
    clearTimeout(connecting);
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    const path = `${url.pathname}${url.search}`;
    const answer = await client.request({ ...request, path, signal: stop.signal });
    const whole = { ...headOf(answer), ...(await bodyOf(answer, limits, stop.signal)) };
    signal.throwIfAborted();
    return whole;
  } catch (error) {
    signal.throwIfAborted();
    const late = stop.signal.aborted;
    return { kind: 'none', reason: late ? lateWords(connected, url, limits) : faultWords(error, url, limits) };
  } finally {
    clearTimeout(connecting);
    clearTimeout(answering);
    signal.removeEventListener('abort', abort);
    void client.destroy();
    for (const socket of sockets) socket.destroy();
  }
}

function headOf({ statusCode, headers }: Dispatcher.ResponseData): {
  kind: 'answer';
  status: number;
  location?: string;
} {
  const { location } = headers;
  const redirected = statusCode >= 300 && statusCode < 400 && typeof location === 'string';
  return { kind: 'answer', status: statusCode, ...(redirected ? { location } : {}) };
}

async function bodyOf(
  { body }: Dispatcher.ResponseData,
  limits: HttpLimits,
  stopped: AbortSignal,
): Promise<{ body: string; broken?: string }> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_BYTES) return { body: '', broken: 'the answer is longer than 1 MiB' };
      chunks.push(chunk);
    }
    return { body: Buffer.concat(chunks).toString() };
  } catch {
    const broken = stopped.aborted
      ? `the answer was not whole within ${durationText(limits.timeoutMs)}`
      : 'the answer broke off';
    return { body: '', broken };
  }
}

function lateWords(connected: boolean, url: URL, limits: HttpLimits): string {
  if (connected) return `no answer from ${url.host} within ${durationText(limits.timeoutMs)}`;
  return `no connection to ${url.host} within ${durationText(Math.min(limits.connectTimeoutMs, limits.timeoutMs))}`;
}

function faultWords(error: unknown, url: URL, limits: HttpLimits): string {
  if (error instanceof errors.HTTPParserError) return `what ${url.host} answers is not HTTP`;
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ECONNREFUSED':
      return `connection refused by ${url.host}`;
    case 'ENOTFOUND':
      return `no such host: ${url.hostname}`;
    case 'EAI_AGAIN':
      return `the name ${url.hostname} can't be resolved at the moment`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `no route to ${url.host}`;
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return lateWords(false, url, limits);
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return `${url.host} closed the connection without an answer`;
    default:
      return `no answer from ${url.host}: ${message}`;
  }
}
