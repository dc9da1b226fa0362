import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const FINDER = join(__dirname, '../../scripts/find-prometheus.mjs');
const POLL_MS = 50;
/** It notices other targets by itself, and asks for them at the latest a second later. */
const SCRAPED_MS = 20_000;

/** Somebody who tells figures under `/metrics`, and what Prometheus is to call them. */
export interface ScrapeTarget {
  /** `host:port` */
  address: string;
  labels: Record<string, string>;
}

/** A real Prometheus on a port and in a folder of its own, which scrapes several times a second. */
export class PrometheusServer {
  private child: ChildProcess | undefined;
  private port = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), 'belay-prometheus-'));

  private constructor(
    private readonly program: string,
    private readonly libraries: string[],
    private readonly intervalMs: number,
  ) {}

  static async start({ intervalMs = 250 } = {}): Promise<PrometheusServer> {
    const { stdout } = await promisify(execFile)(process.execPath, [FINDER]);
    const { prometheus, libraries } = JSON.parse(stdout) as { prometheus: string; libraries: string[] };
    const server = new PrometheusServer(prometheus, libraries, intervalMs);
    try {
      await server.listen();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Scrapes these from now on, and no others; returns when it has all of them. */
  async scrape(targets: readonly ScrapeTarget[]): Promise<void> {
    this.write(targets);
    const addresses = targets
      .map(({ address }) => address)
      .join('|')
      .replaceAll('.', '\\\\.');
    const up = `count(up{instance=~"${addresses}"} == 1)`;
    const begun = Date.now();
    while (targets.length > 0 && (await this.value(up)) !== targets.length) {
      if (Date.now() > begun + SCRAPED_MS) throw new Error(`Prometheus doesn't scrape all of ${addresses}`);
      await pause();
    }
  }

  /** The one value that a query has now; undefined: none. */
  async value(promql: string): Promise<number | undefined> {
    const response = await fetch(`${this.url}/api/v1/query?${new URLSearchParams({ query: promql }).toString()}`);
    const { data } = (await response.json()) as { data?: { result: { value: [number, string] }[] } };
    const [point] = data?.result ?? [];
    return point && Number(point.value[1]);
  }

  /** Ends it, and removes what it wrote. */
  async stop(): Promise<void> {
    if (this.child?.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await exited;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private write(targets: readonly ScrapeTarget[]): void {
    const groups = targets.map(({ address, labels }) => ({ targets: [address], labels }));
    writeFileSync(join(this.folder, 'targets.part'), JSON.stringify(groups));
    renameSync(join(this.folder, 'targets.part'), join(this.folder, 'targets.json'));
  }

  /** Somebody may take the port that was free just now. */
  private async listen(): Promise<void> {
    const config = join(this.folder, 'prometheus.yml');
    this.write([]);
    writeFileSync(
      config,
      JSON.stringify({
        global: { scrape_interval: `${this.intervalMs}ms`, scrape_timeout: `${this.intervalMs}ms` },
        scrape_configs: [{ job_name: 'test', file_sd_configs: [{ files: ['targets.json'], refresh_interval: '1s' }] }],
      }),
    );
    for (let turn = 0; ; turn++) {
      this.port = await freePort();
      const log = openSync(join(this.folder, 'log'), 'w');
      this.child = spawn(
        this.program,
        [
          `--config.file=${config}`,
          `--storage.tsdb.path=${join(this.folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${this.port}`,
        ],
        { stdio: ['ignore', 'ignore', log], env: this.environment() },
      );
      closeSync(log);
      if (await this.answers(this.child)) return;
      if (turn === 3) throw new Error(`Prometheus doesn't start: ${readFileSync(join(this.folder, 'log'), 'utf8')}`);
    }
  }

  private environment(): NodeJS.ProcessEnv {
    if (this.libraries.length === 0) return process.env;
    return { ...process.env, LD_LIBRARY_PATH: this.libraries.join(':') };
  }

  private async answers(child: ChildProcess): Promise<boolean> {
    while (child.exitCode === null && child.signalCode === null) {
      const response = await fetch(`${this.url}/-/ready`).catch(() => undefined);
      if (response?.ok) return true;
      await pause();
    }
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
