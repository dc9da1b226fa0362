import { setTimeout as delay } from 'node:timers/promises';
import { Exchange, NoAnswer, type ApiAddress, type Asked, type Exchanged } from './exchange';
import { faultOf, noApi, unreachable } from './fault';
import { Misshapen, Shape } from './shape';

const GET_MS = 10_000;
/** A message is tried as an Update, then sent as a Signal. */
const POST_MS = 30_000;
/** What begins probes a fleet first. */
export const BEGIN_MS = 150_000;

/** As long as the API takes bytes for. */
const UPLOAD_MS = 3_600_000;

/** How long to wait before it is asked again. */
const PAUSES_MS = [250, 500, 1_000, 2_000];

/** What a path takes after its question mark. */
type Query = Record<string, string | number | string[] | undefined>;

interface Sending {
  body?: unknown;
  /** With one, it may be sent again: the API carries it out once. */
  key?: string;
  /** The version that it must still be of. */
  ifMatch?: number;
  timeoutMs?: number;
}

/** Asks an API, and reads its answers; an error in the words of the command line otherwise. */
export class Caller {
  private readonly exchange: Exchange;
  /** It was there a moment ago, so it may be back in another. */
  private wasThere = false;

  constructor(private readonly address: ApiAddress) {
    this.exchange = new Exchange(address);
  }

  get<T>(path: string, read: (answer: Shape) => T, query: Query = {}): Promise<T> {
    return this.call({ method: 'GET', path: withQuery(path, query), timeoutMs: GET_MS }, read);
  }

  post<T>(path: string, read: (answer: Shape) => T, sending: Sending = {}): Promise<T> {
    return this.call({ method: 'POST', path, body: {}, timeoutMs: POST_MS, ...sending }, read);
  }

  patch<T>(path: string, read: (answer: Shape) => T, sending: Sending): Promise<T> {
    return this.call({ method: 'PATCH', path, timeoutMs: POST_MS, ...sending }, read);
  }

  delete<T>(path: string, read: (answer: Shape) => T, query: Query = {}, sending: Sending = {}): Promise<T> {
    return this.call({ method: 'DELETE', path: withQuery(path, query), timeoutMs: POST_MS, ...sending }, read);
  }

  /** Sends bytes, once: they may be many. */
  upload<T>(
    path: string,
    read: (answer: Shape) => T,
    upload: { content: AsyncIterable<Uint8Array>; digest: string },
  ): Promise<T> {
    return this.call({ method: 'POST', path, timeoutMs: UPLOAD_MS, upload }, read, []);
  }

  close(): void {
    this.exchange.close();
  }

  private async call<T>(asked: Asked, read: (answer: Shape) => T, pauses = PAUSES_MS): Promise<T> {
    const { url } = this.address;
    for (let tries = 0; ; tries++) {
      const answer = await this.exchange.send(asked).catch((error: unknown) => {
        if (error instanceof NoAnswer) return error;
        throw error;
      });
      const pause = pauses[tries];
      if (pause !== undefined && this.isWorthAnother(asked, answer)) {
        await delay(pause);
        continue;
      }
      if (answer instanceof NoAnswer) throw unreachable(url, answer);
      if (answer.status < 200 || answer.status >= 300) throw faultOf(url, answer);
      const result = resultOf(url, answer, read);
      this.wasThere = true;
      return result;
    }
  }

  /** What changes something is sent again only where that can't do it twice. */
  private isWorthAnother({ method, key }: Asked, answer: Exchanged | NoAnswer): boolean {
    const again = method === 'GET' || key !== undefined;
    if (answer instanceof NoAnswer) return this.wasThere && !answer.late && (again || !answer.sent);
    if (answer.status === 409 && key !== undefined) return isBusy(answer);
    return this.wasThere && again && (answer.status === 502 || answer.status === 504);
  }
}

/** The request with this key is being carried out, or was by an API that ended meanwhile. */
function isBusy({ text }: Exchanged): boolean {
  return text.includes('"code":"busy"');
}

function resultOf<T>(url: string, answer: Exchanged, read: (answer: Shape) => T): T {
  try {
    return read(new Shape(JSON.parse(answer.text)));
  } catch (error) {
    if (error instanceof Misshapen || error instanceof SyntaxError) throw noApi(url, answer);
    throw error;
  }
}

function withQuery(path: string, query: Query): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [value].flat().map((each): [string, string] => [key, String(each)]),
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

/** A path of these parts, none of which can be more than one. */
export function pathOf(...parts: (string | number)[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}
