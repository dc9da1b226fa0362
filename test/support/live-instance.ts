import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How long an instance takes to come up again. */
const RESTART_MS = 40;
/** Longer than any test: nobody behind a router may hang up on it by itself. */
const IDLE_MS = 120_000;

export interface LiveVersions {
  code: string;
  configuration: string;
}

/** What an update command has brought, in the order in which it became effective. */
export interface LedgerEntry extends LiveVersions {
  generation: number;
}

/** A request that was answered: by which release, when, and how long it took. */
export interface Served {
  version: string;
  at: number;
  ms: number;
}

/** An instance that answers for real: an update restarts its server, and whatever is under way there is cut off. */
export class LiveInstance {
  readonly ledger: LedgerEntry[] = [];
  /** Requests that came while it was being changed: nobody may have sent them. */
  untimely = 0;
  /** How many came so far. */
  requests = 0;
  /** Requests that are under way. */
  open = 0;
  /** The most that were cut off by an update. */
  cut = 0;
  private changing = false;
  private server: Server | undefined;
  private at = 0;

  constructor(
    readonly name: string,
    readonly labels: Record<string, string>,
    public runs: LiveVersions,
    private readonly delayOf: (version: string) => number,
    private readonly served: (request: Served) => void,
  ) {}

  get port(): number {
    return this.at;
  }

  async start(): Promise<this> {
    await this.listen();
    return this;
  }

  /** Restarts it on these versions; whoever is late is refused, and what it runs already is left alone. */
  async update({ generation, ...wanted }: LedgerEntry): Promise<string | undefined> {
    const last = this.ledger.at(-1);
    if (last !== undefined && generation < last.generation) return `generation ${generation} is stale`;
    if (last?.generation === generation && last.code === wanted.code) return undefined;
    this.changing = true;
    await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
    this.cut += this.open;
    await this.stop();
    this.runs = wanted;
    await this.listen();
    this.changing = false;
    this.ledger.push({ generation, ...wanted });
    return undefined;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  private async listen(): Promise<void> {
    const server = createServer((request, response) => {
      const { code, configuration } = this.runs;
      if (request.url === '/health') {
        response.setHeader('content-type', 'application/json');
        return void response.end(JSON.stringify({ version: code, config: configuration }));
      }
      this.requests++;
      if (this.changing) {
        this.untimely++;
        return void response.writeHead(503).end(`${this.name} is being changed`);
      }
      const begun = performance.now();
      this.open++;
      response.once('close', () => this.open--);
      setTimeout(() => {
        this.served({ version: code, at: Date.now(), ms: performance.now() - begun });
        response.end(`${this.name} ${code}`);
      }, this.delayOf(code));
    });
    server.keepAliveTimeout = IDLE_MS;
    this.server = server;
    server.listen(this.at, '127.0.0.1');
    await once(server, 'listening');
    this.at = (server.address() as AddressInfo).port;
  }
}
