import {
  Agent as PlainAgent,
  request as plain,
  type ClientRequest,
  type IncomingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import { Agent as SecureAgent, request as secure } from 'node:https';
import { Readable } from 'node:stream';

/** Where the API is, and who asks. */
export interface ApiAddress {
  /** Without a slash at its end. */
  url: string;
  token: string;
  /** Certificates to trust beside those that the system trusts, in PEM. */
  ca?: string[];
}

/** One request. */
export interface Asked {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With its query. */
  path: string;
  body?: unknown;
  /** Under which it is carried out once, however often it is sent. */
  key?: string;
  timeoutMs: number;
  /** The version that it must still be of. */
  ifMatch?: number;
  /** Bytes in place of a body. */
  upload?: { content: AsyncIterable<Uint8Array>; digest: string };
}

export interface Exchanged {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Nothing came back. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** It may have been carried out all the same. */
  readonly sent: boolean;
  /** Whether asking once more is likely to take as long again. */
  readonly late: boolean;
  readonly hint?: string;

  constructor(
    readonly why: string,
    { sent, late = false, hint }: { sent: boolean; late?: boolean; hint?: string },
  ) {
    super(why);
    this.sent = sent;
    this.late = late;
    if (hint !== undefined) this.hint = hint;
  }
}

const MOST_BYTES = 64 * 1024 * 1024;

/** Sends requests to one API. Redirects are not followed: the token is for nobody else. */
export class Exchange {
  private readonly agent: PlainAgent;
  private readonly isSecure: boolean;

  constructor(private readonly address: ApiAddress) {
    this.isSecure = address.url.startsWith('https:');
    const { ca } = address;
    this.agent = this.isSecure
      ? new SecureAgent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) })
      : new PlainAgent({ keepAlive: true });
  }

  send(asked: Asked): Promise<Exchanged> {
    return new Promise((resolve, reject) => {
      let sent = false;
      const { ca } = this.address;
      const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
      const options: RequestOptions & { ca?: string[] } = {
        method: asked.method,
        headers: headersOf(asked, this.address.token, body),
        // A connection that was kept may be gone: what changes something takes a new one.
        agent: asked.method === 'GET' ? this.agent : false,
        ...(ca === undefined ? {} : { ca }),
      };
      const url = new URL(`${this.address.url}${asked.path}`);
      const request = this.isSecure ? secure(url, options) : plain(url, options);
      const fail = (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        reject(error instanceof NoAnswer ? error : noAnswer(error, sent));
      };
      const timer = setTimeout(
        () => request.destroy(new NoAnswer(`no answer within ${asked.timeoutMs / 1000} s`, { sent, late: true })),
        asked.timeoutMs,
      );
      request.once('finish', () => (sent = true));
      request.once('error', fail);
      request.once('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > MOST_BYTES) {
            request.destroy(new NoAnswer('its answer is larger than any that is awaited', { sent, late: true }));
          }
        });
        response.once('error', fail);
        response.once('end', () => {
          clearTimeout(timer);
          // Answered before all of it was sent: it was refused.
          if (!request.writableEnded) request.destroy();
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, text: Buffer.concat(chunks).toString('utf8') });
        });
      });
      if (asked.upload === undefined) request.end(body);
      else feed(request, asked.upload.content);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Fails the request where the bytes can't be read. */
function feed(request: ClientRequest, content: AsyncIterable<Uint8Array>): void {
  const source = Readable.from(content);
  source.once('error', (error) => request.destroy(error));
  request.once('close', () => source.destroy());
  source.pipe(request);
}

function headersOf(
  { key, upload, ifMatch }: Asked,
  token: string,
  body: string | undefined,
): Record<string, string | number> {
  return {
    accept: 'application/json',
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    ...(upload === undefined ? {} : { 'content-type': 'application/octet-stream', 'x-artifact-digest': upload.digest }),
  };
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: "the host's name can't be looked up now",
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ETIMEDOUT: 'no connection can be made in time',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that host',
  EPROTO: "it doesn't speak TLS there",
  HPE_INVALID_CONSTANT: "it doesn't speak HTTP there",
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};
const UNTRUSTED = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_)/;

function noAnswer({ code = '', message }: NodeJS.ErrnoException, sent: boolean): NoAnswer {
  if (UNTRUSTED.test(code)) {
    const hint = 'BELAY_API_CA names a file with the certificates (PEM) to trust beside those of the system';
    return new NoAnswer("its certificate isn't trusted here", { sent, hint });
  }
  const why = WORDS[code] ?? (code.startsWith('HPE_') ? WORDS.HPE_INVALID_CONSTANT : undefined);
  return new NoAnswer(why ?? message, { sent });
}
