import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An instance of a service behind a router: it answers with its name, and to /slow once it is told to. */
export class Upstream {
  /** How many requests came so far. */
  requests = 0;
  private readonly held: (() => void)[] = [];
  private arrived: (() => void)[] = [];
  private server: Server | undefined;

  constructor(readonly name: string) {}

  /** @param port where it listens; absent: anywhere */
  async start(port = 0): Promise<this> {
    const server = createServer((incoming, response) => {
      this.requests++;
      const answer = (): void => void response.end(this.name);
      if (incoming.url !== '/slow') return answer();
      this.held.push(answer);
      for (const tell of this.arrived.splice(0)) tell();
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.server?.address() as AddressInfo).port;
  }

  /** Ends when a request to /slow has come, which isn't answered yet. */
  async holding(): Promise<void> {
    if (this.held.length === 0) await new Promise<void>((resolve) => this.arrived.push(resolve));
  }

  /** Answers what was held back. */
  release(): void {
    for (const answer of this.held.splice(0)) answer();
  }

  async stop(): Promise<void> {
    this.release();
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }
}

/** What came back of one request. */
export interface Answer {
  status: number;
  /** Which instance answered. */
  from: string;
  headers: Record<string, string | string[] | undefined>;
}

/** One request to a port here. */
export function get(
  port: number,
  { path = '/', headers = {}, agent }: { path?: string; headers?: Record<string, string>; agent?: Agent } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, agent: agent ?? false }, (response) => {
      let from = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (from += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, from, headers: response.headers }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Requests that go on until they are ended, several at a time, and what became of them. */
export class Load {
  readonly failures: string[] = [];
  /** How many each instance answered. */
  readonly answers = new Map<string, number>();
  private readonly workers: Promise<void>[];
  private over = false;

  constructor(
    private readonly port: number,
    concurrency = 4,
    /** Between two requests of one of them. */
    private readonly pauseMs = 0,
  ) {
    this.workers = Array.from({ length: concurrency }, (_, i) => this.work(i));
  }

  /** How many were answered so far. */
  get total(): number {
    return [...this.answers.values()].reduce((sum, count) => sum + count, 0);
  }

  get ended(): boolean {
    return this.over;
  }

  /** Ends when so many more were answered. */
  async more(count: number): Promise<void> {
    const goal = this.total + count;
    while (this.total < goal && this.failures.length === 0) await pause(this.pauseMs);
  }

  async end(): Promise<void> {
    this.over = true;
    await Promise.all(this.workers);
  }

  private async work(worker: number): Promise<void> {
    for (let i = 0; !this.over; i++) {
      try {
        const { status, from } = await get(this.port, { headers: { cookie: `uid=load-${worker}-${i}` } });
        if (status === 200) this.answers.set(from, (this.answers.get(from) ?? 0) + 1);
        else this.failures.push(`${status} ${from}`);
      } catch (error) {
        this.failures.push((error as Error).message);
      }
      if (this.pauseMs > 0) await pause(this.pauseMs);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)));
}

/** Asks once for each user, and answers with who was served by which instance. */
export async function served(port: number, users: readonly string[], cookie = 'uid'): Promise<Map<string, string>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const answers = await Promise.all(
    users.map(async (user) => [user, await get(port, { headers: { cookie: `${cookie}=${user}` }, agent })] as const),
  );
  agent.destroy();
  return new Map(
    answers.map(([user, { status, from }]) => {
      if (status !== 200) throw new Error(`${user} got ${status}: ${from}`);
      return [user, from];
    }),
  );
}
