import type { IncomingMessage, ServerResponse } from 'node:http';
import { digestOf } from './archive';

/** A request for an artifact, as it came. */
export interface Fetched {
  digest: string;
  range: string | undefined;
  ifRange: string | undefined;
  authorization: string | undefined;
}

/** Serves artifacts as the API does: by digest, in whole or from a byte on. What goes wrong is said by a test. */
export class ArtifactShelf {
  readonly fetched: Fetched[] = [];
  /** Ends the connection after so many bytes of an answer, as often as there are numbers. */
  breaks: number[] = [];
  /** Sends no more after so many bytes, and waits. */
  stall: number | undefined;
  /** In place of a right answer. */
  lie: ((response: ServerResponse, fetched: Fetched) => boolean) | undefined;
  private readonly artifacts = new Map<string, Buffer>();

  /** Answers with its digest; `as`: a lie. */
  put(bytes: Buffer, as = digestOf(bytes)): string {
    this.artifacts.set(as, bytes);
    return as;
  }

  serve({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const digest = url.slice('/artifacts/'.length);
    const fetched: Fetched = {
      digest,
      range: headers.range,
      ifRange: headers['if-range'] as string | undefined,
      authorization: headers.authorization,
    };
    this.fetched.push(fetched);
    if (this.lie?.(response, fetched)) return;
    const bytes = this.artifacts.get(digest);
    if (bytes === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 'not_found', message: 'There is no such artifact.' } }));
      return;
    }
    const tag = `"${digest}"`;
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    const part = headers.range !== undefined && (fetched.ifRange ?? tag) === tag;
    if (part && from >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    const rest = part ? bytes.subarray(from) : bytes;
    response.writeHead(part ? 206 : 200, {
      etag: tag,
      'accept-ranges': 'bytes',
      'content-length': rest.length,
      ...(part ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    const end = this.breaks.shift();
    if (end !== undefined) response.write(rest.subarray(0, end), () => response.destroy());
    else if (this.stall !== undefined) response.write(rest.subarray(0, this.stall));
    else response.end(rest);
  }
}
