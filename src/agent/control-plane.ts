import { Agent as Dispatcher, request } from 'undici';
import type { Health, Versions } from '../domain';
import type { Desired } from '../domain/agent';
import { isDigest } from '../domain/artifact';
import { parseDuration } from '../domain/duration';
import { said } from '../domain/said';
import type { Delivery } from './artifact/download';
import { ArtifactFailure } from './artifact/failure';

/** What an agent tells about its instance. */
export interface Report {
  health: Health;
  versions?: Versions;
  generation: number;
  attempt: number;
  reason?: string;
  metrics?: Record<string, unknown>;
}

/** What it is told in return. */
export interface Reply {
  desired?: Desired;
  nextHeartbeatMs: number;
}

export interface Identity {
  name: string;
  ip: string;
  port?: number;
  labels: Record<string, string>;
}

/** The control plane answered, and not with what was asked for. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** What Belay's API calls it; absent: it was somebody else who answered. */
    readonly code?: string,
  ) {
    super(message);
  }
}

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 64 * 1024;

/** Belay's HTTP API, as an agent needs it. */
export class ControlPlane {
  private readonly dispatcher: Dispatcher;
  /** For what is larger than an answer. */
  private readonly bulk: Dispatcher;

  constructor(
    private readonly url: string,
    ca?: string,
  ) {
    const connect = { timeout: TIMEOUT_MS, ...(ca === undefined ? {} : { ca }) };
    const limits = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS };
    this.dispatcher = new Dispatcher({ connect, ...limits, maxResponseSize: MOST_BYTES });
    this.bulk = new Dispatcher({ connect, ...limits });
  }

  /** Answers with the instance's own secret. `present`: the one it has, if it has one. */
  async register(identity: Identity, token: string, present: string | undefined, signal: AbortSignal): Promise<string> {
    const body = { instance: identity, token };
    const answer = (await this.ask('POST', '/inventory/register', body, present, signal)) as { secret?: unknown };
    if (typeof answer.secret !== 'string') throw new Error('the control plane answered without a secret');
    return answer.secret;
  }

  async heartbeat(name: string, secret: string, report: Report, signal: AbortSignal): Promise<Reply> {
    const { health: status, versions, generation, attempt, reason, metrics } = report;
    const body = {
      code_version: versions?.codeVersion ?? null,
      configuration_version: versions?.configurationVersion ?? null,
      ...(versions?.artifact === undefined ? {} : { artifact: versions.artifact }),
      status,
      generation,
      ...(attempt > 0 ? { attempt } : {}),
      ...(reason === undefined ? {} : { reason: said(reason) }),
      ...(metrics === undefined ? {} : { metrics }),
    };
    const path = `/inventory/instances/${encodeURIComponent(name)}`;
    return replyOf(await this.ask('PATCH', path, body, secret, signal));
  }

  /** An artifact from that byte on. It never changes, so any part of it fits any other. */
  async artifact(digest: string, secret: string, from: number, signal: AbortSignal): Promise<Delivery> {
    const range = from === 0 ? {} : { range: `bytes=${from}-`, 'if-range': `"${digest}"` };
    const { statusCode, headers, body } = await request(`${this.url}/artifacts/${digest}`, {
      headers: { authorization: `Bearer ${secret}`, ...range },
      dispatcher: this.bulk,
      signal,
    });
    // Whoever doesn't read to the end has a reason of their own.
    body.on('error', () => undefined);
    if (statusCode === 200) return { first: 0, ...sizeOf(headers['content-length']), bytes: body };
    const part = /^bytes (\d+)-\d+\/(\d+)$/.exec(String(headers['content-range']));
    if (statusCode === 206 && part !== null && Number(part[1]) === from) {
      return { first: from, size: Number(part[2]), bytes: body };
    }
    const text = await beginning(body);
    // More is there than the artifact has: it begins anew.
    if (statusCode === 416 && from > 0) return { first: 0, bytes: (async function* () {})() };
    const error = errorIn(text);
    const message = `the control plane answered ${statusCode} for ${digest}${error === undefined ? '' : `: ${error.message}`}`;
    throw LASTING.has(statusCode) ? new ArtifactFailure(message) : new Refused(statusCode, message);
  }

  async close(): Promise<void> {
    await Promise.all([this.dispatcher.destroy(), this.bulk.destroy()]);
  }

  private async ask(
    method: 'POST' | 'PATCH',
    path: string,
    body: object,
    secret: string | undefined,
    signal: AbortSignal,
  ): Promise<unknown> {
    const answer = await request(`${this.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      },
      body: JSON.stringify(body),
      dispatcher: this.dispatcher,
      signal,
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 200 && answer.statusCode < 300) return JSON.parse(text);
    const error = errorIn(text);
    const words = error === undefined ? STRANGER : `: ${error.message}`;
    throw new Refused(answer.statusCode, `the control plane answered ${answer.statusCode}${words}`, error?.code);
  }
}

/** Whoever answers in the control plane's place is not to be believed: each value is what it must be. */
function replyOf(answer: unknown): Reply {
  const { desired, next_heartbeat: next } = (answer ?? {}) as { desired?: unknown; next_heartbeat?: unknown };
  const nextHeartbeatMs = typeof next === 'string' ? parseDuration(next) : undefined;
  if (nextHeartbeatMs === undefined || nextHeartbeatMs <= 0) throw new Error('the answer has no next_heartbeat');
  if (desired === null || desired === undefined) return { nextHeartbeatMs };
  const { code_version, configuration_version, artifact, generation, attempt, restore } = desired as Record<
    string,
    unknown
  >;
  if (
    typeof code_version !== 'string' ||
    typeof configuration_version !== 'string' ||
    !isArtifact(artifact) ||
    !Number.isSafeInteger(generation) ||
    !Number.isSafeInteger(attempt)
  ) {
    throw new Error('the answer says in no way that is known what to run');
  }
  const versions = {
    codeVersion: code_version,
    configurationVersion: configuration_version,
    ...(artifact ? { artifact } : {}),
  };
  const told = { versions, generation: generation as number, attempt: attempt as number };
  return { nextHeartbeatMs, desired: restore === true ? { ...told, restore } : told };
}

function isArtifact(told: unknown): told is string | null | undefined {
  return told === undefined || told === null || (typeof told === 'string' && isDigest(told));
}

/** No answer of Belay's own is without words. */
const STRANGER = ", and not as Belay's API does; is control_plane.url its address?";

/** Nothing changes these by asking again. */
const LASTING = new Set([301, 302, 303, 307, 308, 400, 403, 404, 405, 406, 410, 413, 422]);

function sizeOf(header: string | string[] | undefined): { size?: number } {
  const size = Number(header ?? NaN);
  return Number.isSafeInteger(size) ? { size } : {};
}

/** As much of an answer as there are words in it. */
async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += chunk.toString();
    if (text.length > MOST_BYTES) break;
  }
  return text;
}

/** The error document of Belay's API; undefined: this is none. */
function errorIn(text: string): { code: string; message: string } | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') return undefined;
    return { code: error.code, message: error.message };
  } catch {
    return undefined;
  }
}
