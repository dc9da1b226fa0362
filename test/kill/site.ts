import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { haproxyLines } from '../../src/drivers/traffic/haproxy/lines';
import { serversIn } from '../../src/drivers/traffic/haproxy/servers';
import { Haproxy, type ServerLine } from '../support/haproxy';
import { get } from '../support/upstream';
import { Fleet } from './fleet';

export type SiteKind = 'canary' | 'blue_green';

const ENVIRONMENT = 'kill';
const HOOKS = ['smoke', 'pre_rollback', 'on_failure', 'post_deploy'];
const HOOK = join(__dirname, 'hook.sh');
const STICKY = { kind: 'cookie', name: 'uid' } as const;
const SLOTS = { blue: ['web-01', 'web-02'], green: ['web-03', 'web-04'] };
/** Few, so that they cost next to nothing, and always some. */
const PAUSE_MS = 50;
const ASKED = 20;

/** What a deployment has beside what every one has. */
export interface Extras {
  /** Turned on with it. */
  flag?: string;
  strategy?: object;
  hook?: string;
}

/** What one router does. */
export interface Routed {
  /** The service's entry of the map. */
  entry: string | undefined;
  /** Servers that get requests, by backend. */
  ready: Record<string, string[]>;
  /** The versions that real requests find. */
  versions: string[];
}

/**
 * The example's service behind a pair of real HAProxies, with somebody who tells how it does, hooks, and requests that go
 * on all the time.
 */
export class Site {
  /** What the release's share has to be for it to be found wrong. */
  wrongFrom = Infinity;
  /** Whether a measurement is held back, and whether one is. */
  holding = false;
  held = false;
  /** Requests that weren't answered well. */
  readonly failures: string[] = [];
  private over = false;
  private readonly users: Promise<void>[];
  private letGo: () => void = () => undefined;

  private constructor(
    readonly kind: SiteKind,
    readonly service: string,
    readonly fleet: Fleet,
    readonly routers: [Haproxy, Haproxy],
    private readonly metrics: Server,
  ) {
    this.users = routers.map((router) => this.use(router));
    metrics.on('request', (_, response) => {
      void this.measured().then((body) => response.end(JSON.stringify(body)));
    });
  }

  static async up(kind: SiteKind, service: string, folder: string): Promise<Site> {
    const fleet = await Fleet.up(kind === 'canary' ? 3 : 4, folder);
    const map = join(fleet.dir, 'belay.map');
    const servers = fleet
      .rows()
      .map(({ instance_id: name, address }) => ({ name, port: Number(address.split(':')[1]) }));
    const backends = backendsOf(kind);
    const routing = { match: [], ...(kind === 'canary' && { sticky: STICKY }) };
    const parts = {
      lines: haproxyLines({ map, backends }, kind, routing, { environment: ENVIRONMENT, service }),
      backends: Object.fromEntries(
        Object.entries(backends).map(([group, backend]) => [backend, serversOf(group, servers)]),
      ),
    };
    const one = await Haproxy.start(fleet.dir, 'one', map, parts);
    const other = await Haproxy.start(fleet.dir, 'other', map, parts);
    const metrics = createServer().listen(0, '127.0.0.1');
    await once(metrics, 'listening');
    return new Site(kind, service, fleet, [one, other], metrics);
  }

  /** A deployment.yaml that brings a release to it. */
  describe(to: string, { flag, strategy = {}, hook }: Extras = {}): string {
    const [code_version, configuration_version] = to.split('/');
    const release = { code_version, configuration_version };
    const { kind, service, fleet, routers } = this;
    return this.write(flag ?? 'deployment', {
      service,
      environment: ENVIRONMENT,
      release: { ...release, ...(flag !== undefined && { flags: { [flag]: 50 } }) },
      fleet: { file: 'instances.json' },
      driver: fleet.driver,
      traffic: {
        type: 'haproxy',
        endpoints: routers.map(({ endpoint }) => endpoint),
        map: routers[0].map,
        backends: backendsOf(kind),
        drain_timeout: '5s',
      },
      strategy: { ...STRATEGIES[kind], ...strategy },
      hooks: Object.fromEntries(
        [...HOOKS, ...(hook === undefined ? [] : [hook])].map((name) => [name, { type: 'command', run: [HOOK] }]),
      ),
      ...this.judged,
      retry: { max_attempts: 1 },
      timeouts: { instance: '60s', health: '30s' },
      min_healthy_time: '100ms',
      health_interval: '1s',
    });
  }

  /** A deployment.yaml that turns on a feature, in two steps. */
  describeFeature(flag: string): string {
    return this.write(flag, {
      service: `${this.service}-features`,
      environment: ENVIRONMENT,
      strategy: { type: 'feature_flags', features: { [flag]: [20, 80] } },
      ...this.judged,
    });
  }

  /** Percent of the requests that the release in flight has, as each router has it. */
  async shares(before: Routed['entry']): Promise<number[]> {
    const entries = await Promise.all(this.routers.map((router) => this.entryOf(router)));
    if (this.kind === 'canary') return entries.map((entry) => Number(entry ?? 0));
    return entries.map((entry) => (entry === before ? 0 : 100));
  }

  /** What each router does. */
  routed(): Promise<Routed[]> {
    return Promise.all(
      this.routers.map(async (router) => {
        const ready: Routed['ready'] = {};
        for (const backend of Object.values(backendsOf(this.kind))) {
          const servers = serversIn(await router.ask(`show servers state ${backend}`)) ?? [];
          ready[backend] = servers.filter(({ state }) => state === 'ready').map(({ name }) => name);
        }
        const answers = Array.from({ length: ASKED }, (_, user) => versionAt(router.port, `asked-${user}`));
        const versions = await Promise.all(answers);
        return { entry: await this.entryOf(router), ready, versions: [...new Set(versions)] };
      }),
    );
  }

  /** What instances say that they run: `version/configuration`. */
  versions(): Promise<string[]> {
    return Promise.all(this.fleet.rows().map(({ address }) => versionAt(Number(address.split(':')[1]))));
  }

  /** What the fleet's file lists. */
  listed(): string[] {
    return this.fleet.rows().map((row) => `${row.code_version}/${row.configuration_version}`);
  }

  /** Runs of hooks so far: `deployment/number hook`. */
  hooksRun(): string[] {
    const file = join(this.fleet.dir, 'hooks');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** What befalls the next run of a hook: see hook.sh. */
  prepareHook(hook: string, accident: 'worker-dies' | 'waits'): void {
    for (const file of ['happened', 'go']) rmSync(join(this.fleet.dir, `${hook}.${file}`), { force: true });
    writeFileSync(join(this.fleet.dir, `${hook}.${accident}`), '');
  }

  /** Lets a hook go on that waits. */
  letHookGo(hook: string): void {
    writeFileSync(join(this.fleet.dir, `${hook}.go`), '');
  }

  hookHappened(hook: string): boolean {
    return existsSync(join(this.fleet.dir, `${hook}.happened`));
  }

  /** Answers a measurement that was held back, and those that come. */
  go(): void {
    this.holding = false;
    this.letGo();
  }

  async down(): Promise<void> {
    this.over = true;
    this.go();
    await Promise.all(this.users);
    this.metrics.closeAllConnections();
    this.metrics.close();
    await Promise.all(this.routers.map((router) => router.stop()));
    await this.fleet.down();
  }

  private get judged(): object {
    const { port } = this.metrics.address() as AddressInfo;
    return {
      metrics: { type: 'http', url: `http://127.0.0.1:${port}/`, timeout: '60s' },
      analysis: {
        monitoring_duration: '1s',
        health_check_interval: '500ms',
        rollback_threshold_violations: 1,
        thresholds: { max_error_rate: '5%' },
      },
    };
  }

  private write(name: string, document: object): string {
    const file = join(this.fleet.dir, `${name}.yaml`);
    writeFileSync(file, JSON.stringify(document));
    return file;
  }

  private async measured(): Promise<object> {
    if (this.holding) {
      this.held = true;
      await new Promise<void>((resolve) => (this.letGo = resolve));
    }
    const shares = this.wrongFrom === Infinity ? [0] : await this.shares(this.before);
    return { error_rate: { hits: Math.min(...shares) >= this.wrongFrom ? 50 : 0, total: 100 } };
  }

  /** The map's entry before the release had anything. */
  before: Routed['entry'];

  async entryOf(router: Haproxy): Promise<string | undefined> {
    const map = await router.ask(`show map ${router.map}`);
    return new RegExp(`^0x\\S+ ${ENVIRONMENT}/${this.service} (\\S+)$`, 'm').exec(map)?.[1];
  }

  private async use(router: Haproxy): Promise<void> {
    for (let turn = 0; !this.over; turn++) {
      await versionAt(router.port, `user-${turn}`).catch((error: unknown) => {
        this.failures.push(`${new Date().toISOString()} ${(error as Error).message}`);
      });
      await delay(PAUSE_MS);
    }
  }
}

const STRATEGIES: Record<SiteKind, object> = {
  canary: {
    type: 'canary',
    steps: [
      { type: 'traffic', weight: 30 },
      { type: 'hook', name: 'smoke' },
      { type: 'analyze', for: '1s' },
      { type: 'traffic', weight: 60 },
      { type: 'analyze', for: '1s' },
      { type: 'traffic', weight: 100 },
    ],
    batch_size: '100%',
    sticky: { type: STICKY.kind, name: STICKY.name },
  },
  blue_green: {
    type: 'blue_green',
    slots: SLOTS,
    batch_size: '100%',
    validate: [{ type: 'hook', name: 'smoke' }],
    watch_after_switch: '1s',
    keep_for: '3s',
  },
};

export function backendsOf(kind: SiteKind): Record<string, string> {
  return kind === 'canary' ? { stable: 'web_stable', canary: 'web_canary' } : { blue: 'web_blue', green: 'web_green' };
}

/** Whose instances a backend of blue-green has. */
export function slotOf(backend: string | undefined): string[] {
  return backend === 'web_green' ? SLOTS.green : SLOTS.blue;
}

function serversOf(group: string, servers: ServerLine[]): ServerLine[] {
  if (group === 'stable') return servers;
  if (group === 'canary') return servers.map((each) => ({ ...each, options: 'disabled' }));
  return servers.filter(({ name }) => SLOTS[group as keyof typeof SLOTS].includes(name));
}

async function versionAt(port: number, user = ''): Promise<string> {
  const { status, from } = await get(port, { path: '/health', headers: { cookie: `uid=${user}` } });
  if (status !== 200) throw new Error(`${status}: ${from}`);
  const { version, config } = JSON.parse(from) as { version: string; config: string };
  return `${version}/${config}`;
}
