import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { LiveInstance, type LedgerEntry, type LiveVersions, type Served } from './live-instance';

const UPDATE = join(__dirname, 'live-update.sh');
/** Measured is what was answered lately. */
const WINDOW_MS = 500;

/** A request, and where it was served. */
type Regional = Served & { region: string | undefined };

/** Instances that answer for real, an update command that restarts them, and somebody who measures what they answer. */
export class LiveFleet {
  readonly instances: LiveInstance[] = [];
  private readonly delays = new Map<string, number>();
  private requests: Regional[] = [];
  private readonly last = new Map<string, number>();

  private held: Promise<void> = Promise.resolve();

  private constructor(private readonly admin: Server) {}

  /** @param labels of each instance by its name */
  static async start(labels: Record<string, Record<string, string>>, runs: LiveVersions): Promise<LiveFleet> {
    const admin = createServer();
    const fleet = new LiveFleet(admin);
    for (const [name, each] of Object.entries(labels)) {
      const delayOf = (version: string) => fleet.delays.get(version) ?? 0;
      const instance = new LiveInstance(name, each, runs, delayOf, (served) =>
        fleet.note({ ...served, region: each['region'] }),
      );
      fleet.instances.push(await instance.start());
    }
    admin.on('request', (request, response) => {
      const url = new URL(request.url ?? '', 'http://fleet');
      if (request.method === 'GET') return void response.end(JSON.stringify(fleet.stats(url.searchParams)));
      const [, name, generation, code = '', configuration = ''] = url.pathname.split('/');
      void fleet.held
        .then(() => fleet.named(name ?? '').update({ generation: Number(generation), code, configuration }))
        .then((refused) => response.writeHead(refused === undefined ? 200 : 409).end(refused ?? ''));
    });
    admin.listen(0, '127.0.0.1');
    await once(admin, 'listening');
    return fleet;
  }

  /** The port of its update command, and of whoever measures. */
  get port(): number {
    return (this.admin.address() as AddressInfo).port;
  }

  get driverText(): string {
    return `{ type: command, update: [${UPDATE}], env: { FLEET_PORT: "${this.port}" }, health: { type: http, path: /health, code_version: version, configuration_version: config } }`;
  }

  get metricsText(): string {
    const regional = this.instances.some(({ labels }) => labels['region'] !== undefined);
    const region = regional ? '&region={{fleet_group}}' : '';
    return `{ type: http, url: "http://127.0.0.1:${this.port}/stats?version={{version}}${region}" }`;
  }

  get rows() {
    return this.instances.map(({ name, labels, port, runs }) => ({
      instance_id: name,
      code_version: runs.code,
      configuration_version: runs.configuration,
      address: `127.0.0.1:${port}`,
      labels,
    }));
  }

  named(name: string): LiveInstance {
    const found = this.instances.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }

  /** From now on every answer of a release takes so long. */
  slow(version: string, ms: number): void {
    this.delays.set(version, ms);
  }

  /** Update commands wait from now on; answers with what lets them go on. */
  hold(): () => void {
    let goOn: () => void = () => {};
    this.held = new Promise((resolve) => (goOn = resolve));
    return goOn;
  }

  /** How many requests instances that run a release got so far. */
  requestsOf(version: string): number {
    const those = this.instances.filter(({ runs }) => runs.code === version);
    return those.reduce((sum, { requests }) => sum + requests, 0);
  }

  /** The code that each instance runs. */
  get versions(): string[] {
    return this.instances.map(({ runs }) => runs.code);
  }

  get ledgers(): Record<string, LedgerEntry[]> {
    return Object.fromEntries(this.instances.map(({ name, ledger }) => [name, ledger]));
  }

  /** Requests that reached instances that were being changed, or were cut off by it. */
  get disturbed(): number {
    return this.instances.reduce((sum, { untimely, cut }) => sum + untimely + cut, 0);
  }

  /** When the last request came to a release that it has answered, in ms since the epoch. */
  lastCame(version: string): number {
    return this.last.get(version) ?? 0;
  }

  async stop(): Promise<void> {
    await Promise.all(this.instances.map((each) => each.stop()));
    this.admin.close();
    this.admin.closeAllConnections();
    await once(this.admin, 'close');
  }

  private note(served: Regional): void {
    this.requests.push(served);
    this.last.set(served.version, Math.max(served.at - served.ms, this.lastCame(served.version)));
    if (this.requests.length > 20_000) this.requests = this.requests.slice(-10_000);
  }

  private stats(asked: URLSearchParams) {
    const since = Date.now() - WINDOW_MS;
    const here = asked.get('region');
    const times = this.requests
      .filter(({ version, at }) => version === asked.get('version') && at >= since)
      .filter(({ region }) => here === null || region === here)
      .map(({ ms }) => ms);
    if (times.length === 0) return {};
    const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
    return { response_time_ms: { mean, samples: times.length } };
  }
}
