import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ask } from '../../src/drivers/traffic/haproxy/socket';

const FINDER = join(__dirname, '../../scripts/find-haproxy.mjs');
const BEGIN_MS = 10_000;

/** A server in a backend: an instance, at its port here. */
export interface ServerLine {
  name: string;
  port: number;
  /** e.g. `disabled`, or `check inter 100ms` */
  options?: string;
}

/** What the configuration says beside what every one does. */
export interface HaproxyParts {
  /** Of the frontend. */
  lines: string;
  backends: Record<string, ServerLine[]>;
  /** What the map's file says when there is none yet; absent: nothing. */
  map?: string;
  /** What whoever connects to the Runtime API may do; absent: `admin`. */
  level?: string;
}

/** A real HAProxy with a configuration, a Runtime API and a port of its own. */
export class Haproxy {
  private child: ChildProcess | undefined;
  private at = 0;
  private remotePort = 0;

  private constructor(
    private readonly folder: string,
    readonly name: string,
    readonly map: string,
    private parts: HaproxyParts,
  ) {}

  /** @param map the path of the map's file; a pair may have one in common */
  static async start(folder: string, name: string, map: string, parts: HaproxyParts): Promise<Haproxy> {
    const haproxy = new Haproxy(folder, name, map, parts);
    if (!existsSync(map)) writeFileSync(map, parts.map ?? '');
    haproxy.at = await freePort();
    haproxy.remotePort = await freePort();
    await haproxy.launch([]);
    return haproxy;
  }

  get port(): number {
    return this.at;
  }

  /** Its Runtime API by a file of this machine. */
  get endpoint(): string {
    return `unix:${this.socket}`;
  }

  /** Its Runtime API as from another machine. */
  get remote(): string {
    return `127.0.0.1:${this.remotePort}`;
  }

  /** Starts it again, with what the map's file says: the process that was is ended at once, or when its requests are over. */
  async restart(how: 'at_once' | 'gracefully', parts: Partial<HaproxyParts> = {}): Promise<void> {
    this.parts = { ...this.parts, ...parts };
    const before = this.child;
    if (how === 'at_once') await this.stop();
    const pid = String(before?.pid);
    await this.launch(how === 'at_once' ? [] : ['-x', this.socket, '-sf', pid], pid);
  }

  /** Ends it at once, like a machine that fails. */
  async stop(): Promise<void> {
    if (this.child === undefined) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    this.child = undefined;
  }

  /** What it answers to one command. */
  async ask(command: string): Promise<string> {
    const [answer = ''] = await ask({ endpoint: this.endpoint, timeoutMs: 5_000 }, [command], NEVER);
    return answer;
  }

  private get socket(): string {
    return this.file('sock');
  }

  private file(kind: string): string {
    return join(this.folder, `${this.name}.${kind}`);
  }

  private async launch(options: string[], not?: string): Promise<void> {
    const { stdout } = await promisify(execFile)(process.execPath, [FINDER]);
    const { haproxy, libraries } = JSON.parse(stdout) as { haproxy: string; libraries: string[] };
    writeFileSync(this.file('cfg'), this.config());
    const log = openSync(this.file('log'), 'a');
    const child = spawn(haproxy, ['-db', '-f', this.file('cfg'), ...options], {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(':') }) },
    });
    closeSync(log);
    this.child = child;
    const deadline = performance.now() + BEGIN_MS;
    for (;;) {
      const pid = await this.ask('show info').then(
        (info) => /^Pid: (\d+)$/m.exec(info)?.[1],
        () => undefined,
      );
      if (pid !== undefined && pid !== not) return;
      if (child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`HAProxy doesn't start: ${readFileSync(this.file('log'), 'utf8')}`);
      }
      await delay(10);
    }
  }

  private config(): string {
    const { lines, backends, level = 'admin' } = this.parts;
    const sections = Object.entries(backends).map(
      ([name, servers]) =>
        `backend ${name}\n${servers.map((each) => `    server ${each.name} 127.0.0.1:${each.port} ${each.options ?? ''}\n`).join('')}`,
    );
    return `global
    stats socket ${this.socket} mode 600 level ${level} expose-fd listeners
    stats socket ipv4@127.0.0.1:${this.remotePort} level ${level}
    maxconn 2000
defaults
    mode http
    timeout connect 2s
    timeout client 20s
    timeout server 20s
    retries 3
    option redispatch
frontend edge
    bind 127.0.0.1:${this.at}
${lines}
${sections.join('\n')}`;
  }
}

const NEVER = new AbortController().signal;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
