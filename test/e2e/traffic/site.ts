import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Started } from '../../../src/control/control';
import { parseDeploymentName } from '../../../src/control/name';
import type { DeploymentSpec, StatusDocument } from '../../../src/domain';
import { routingOf } from '../../../src/domain/strategies/slot';
import { GROUP, ofGroup } from '../../../src/domain/traffic';
import { haproxyLines } from '../../../src/drivers/traffic/haproxy/lines';
import { readDeploymentFile } from '../../../src/schemas';
import { fleetReader } from '../../../src/stack/fleet-reader';
import { uniqueService, type Belay } from '../../support/belay';
import { Haproxy } from '../../support/haproxy';
import { LiveFleet } from '../../support/live-fleet';
import { Load } from '../../support/upstream';

export const OLD = '1.0.0';
export const NEW = '1.1.0';
/** Slower than that is a violation. */
export const LIMIT_MS = 250;
export const SLOW_MS = 500;
/** Requests that go on all the time: so many at once, with a pause after each. */
const LOAD = { concurrency: 6, pauseMs: 15 };

/** Bits of srv_admin_state: all but that the configuration once said `disabled`. */
const OUT = ~0x04;

export interface SiteParts {
  /** Of each instance by its name: its labels. */
  instances: Record<string, Record<string, string>>;
  /** The backend of each group, and who is a server in it; `disabled`: not before Belay says so. */
  backends: Record<string, { names: string[]; disabled?: true }>;
  /** As it stands in deployment.yaml. */
  strategy: string;
  /** How many HAProxys serve it; absent: one. */
  routers?: number;
  /** Values of the label `region`: each has a HAProxy of its own. */
  regions?: string[];
  /** Its name; absent: one that nobody has. Who has which share depends on it, so a test of shares says it. */
  service?: string;
}

export const FOUR = Object.fromEntries(['web-01', 'web-02', 'web-03', 'web-04'].map((name) => [name, {}]));
export const SHARED: SiteParts['backends'] = {
  stable: { names: Object.keys(FOUR) },
  canary: { names: Object.keys(FOUR), disabled: true },
};
export const SLOTS = Object.fromEntries(
  ['web-01', 'web-02', 'web-03', 'web-04'].map((name, i) => [name, { slot: i < 2 ? 'blue' : 'green' }]),
);
export const BLUE_GREEN: SiteParts['backends'] = {
  blue: { names: ['web-01', 'web-02'] },
  green: { names: ['web-03', 'web-04'] },
};
/** A fleet of real services behind real HAProxys, deployed by deployment.yaml files, under load all the time. */
export class Site {
  readonly loads: Load[] = [];
  private files = 0;

  private constructor(
    readonly belay: Belay,
    readonly fleet: LiveFleet,
    readonly routers: Haproxy[],
    readonly place: { environment: string; service: string },
    private readonly folder: string,
    private readonly parts: SiteParts,
  ) {}

  static async open(belay: Belay, parts: SiteParts): Promise<Site> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-site-')));
    const fleet = await LiveFleet.start(parts.instances, { code: OLD, configuration: '1' });
    writeFileSync(join(folder, 'instances.json'), JSON.stringify(fleet.rows));
    const site = new Site(belay, fleet, [], placeOf(parts), folder, parts);
    const spec = await site.read(site.text(NEW));
    if (spec.traffic?.kind !== 'haproxy') throw new Error('a site has a HAProxy');
    const { traffic } = spec;
    for (const router of site.routerNames) {
      const own = ofGroup(traffic, router);
      const serves = (name: string) => parts.regions === undefined || parts.instances[name]?.['region'] === router;
      const backends = Object.entries(parts.backends).map(([group, { names, disabled }]) => [
        own.backends[group]!,
        names.filter(serves).map((name) => ({
          name,
          port: fleet.named(name).port,
          options: `check inter 100ms ${disabled === undefined ? '' : 'disabled'}`,
        })),
      ]);
      const lines = haproxyLines(own, spec.strategy.kind, routingOf(spec), spec);
      const config = { lines, backends: Object.fromEntries(backends) as never };
      site.routers.push(await Haproxy.start(folder, router, own.map, config));
      site.load(site.routers.at(-1)!);
    }
    return site;
  }

  get router(): Haproxy {
    return this.routers[0]!;
  }

  /** deployment.yaml for a release. */
  text(version: string, said: Partial<Record<'strategy' | 'more' | 'traffic' | 'fleet' | 'driver', string>> = {}) {
    const { environment, service } = this.place;
    const { strategy = this.parts.strategy, more = this.judged, traffic = this.traffic } = said;
    return `service: ${service}
environment: ${environment}
release: { code_version: ${version}, configuration_version: "2" }
fleet: ${said.fleet ?? '{ file: instances.json }'}
driver: ${said.driver ?? this.fleet.driverText}
strategy: ${strategy}
traffic: ${traffic}
retry: { max_attempts: 1 }
timeouts: { instance: 30s, health: 30s }
min_healthy_time: 100ms
health_interval: 500ms
${this.groups}${more}`;
  }

  /** It is judged by how long requests took. */
  get judged(): string {
    return `metrics: ${this.fleet.metricsText}
analysis: { monitoring_duration: 1s, health_check_interval: 300ms, rollback_threshold_violations: 2, on_no_data: wait, on_inconclusive: wait, thresholds: { max_response_time_ms: ${LIMIT_MS} } }
`;
  }

  private get groups(): string {
    const { regions } = this.parts;
    return regions === undefined ? '' : `groups: { by: region, order: [${regions.join(', ')}] }\n`;
  }

  get traffic(): string {
    const groups = Object.keys(this.parts.backends).map((group) => `${group}: web_${group}`);
    const names = this.parts.regions === undefined ? this.routerNames : [GROUP];
    const endpoints = names.map((name) => `"unix:${this.folder}/${name}.sock"`);
    return `{ type: haproxy, endpoints: [${endpoints.join(', ')}], map: "${this.map}", backends: { ${groups.join(', ')} }, drain_timeout: 10s }`;
  }

  /** deployment.yaml as a person's command line reads it. */
  read(text: string): Promise<DeploymentSpec> {
    return readDeploymentFile(this.write(`${++this.files}.yaml`, text));
  }

  /** A file beside the fleet's. */
  write(name: string, text: string): string {
    const file = join(this.folder, name);
    writeFileSync(file, text);
    return file;
  }

  /** Deploys it as whoever reads the text would. */
  async deploy(text: string): Promise<Started> {
    const spec = await this.read(text);
    const instances = await fleetReader(this.belay.store)(spec.fleet);
    return this.belay.control.start({ spec, instances, actor: 'ann@here' });
  }

  /** Waits until the release has that percent of the requests. */
  until(id: string, weight: number): Promise<StatusDocument> {
    return this.belay.until(id, (document) => document.traffic_percent === weight);
  }

  /** Waits for a person's turn. */
  awaiting(id: string): Promise<StatusDocument> {
    return this.belay.until(id, ({ status }) => status === 'awaiting_approval');
  }

  say(id: string, kind: 'approve' | 'abort' | 'promote' | 'resume') {
    return this.belay.control.message(parseDeploymentName(id), kind, {});
  }

  /** Rolls a deployment back, whether it is in flight or has ended; answers with the id of the one that does it. */
  async rollBack(id: string): Promise<string> {
    const answer = await this.belay.control.rollback(parseDeploymentName(id), { actor: 'ann@here' });
    if (answer.kind === 'nothing') throw new Error(answer.reason);
    return answer.kind === 'started' ? answer.started.id : id;
  }

  /** Waits until HAProxy has who is there in the backends of these groups. */
  async untilServing(router: Haproxy, wanted: Record<string, string[]>): Promise<void> {
    for (;;) {
      const now = await Promise.all(Object.keys(wanted).map((group) => this.serving(group, router)));
      if (JSON.stringify(now) === JSON.stringify(Object.values(wanted))) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** More requests, to a HAProxy that was without for a while. */
  load(router: Haproxy): Load {
    const load = new Load(router.port, LOAD.concurrency, LOAD.pauseMs);
    this.loads.push(load);
    return load;
  }

  /** The map's entry of the service in each HAProxy. */
  entries(): Promise<(string | undefined)[]> {
    const { environment, service } = this.place;
    return Promise.all(
      this.routers.map(async (router) => {
        const lines = (await router.ask(`show map ${router.map}`)).split('\n');
        return lines.find((line) => line.includes(` ${environment}/${service} `))?.split(' ')[2];
      }),
    );
  }

  /** Who gets requests in a group's backend. */
  async serving(group: string, router = this.router): Promise<string[]> {
    const [, header = '', ...lines] = (await router.ask(`show servers state web_${group}`)).split('\n');
    const columns = header.replace(/^# /, '').split(' ');
    const [name, state] = [columns.indexOf('srv_name'), columns.indexOf('srv_admin_state')];
    const servers = lines.map((line) => line.split(' '));
    return servers.filter((words) => (Number(words[state]) & OUT) === 0).map((words) => words[name] ?? '');
  }

  /** What the load found so far: nothing, if all is well. */
  get failures(): string[] {
    return this.loads.flatMap(({ failures }) => failures);
  }

  /** Ends once so many more requests were answered, all of them after now. */
  async more(count: number): Promise<void> {
    await Promise.all(this.loads.filter(({ ended }) => !ended).map((load) => load.more(count)));
  }

  async close(): Promise<void> {
    await Promise.all(this.loads.map((load) => load.end()));
    await Promise.all(this.routers.map((router) => router.stop()));
    await this.fleet.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get map(): string {
    return join(this.folder, this.parts.regions === undefined ? 'belay.map' : `${GROUP}.map`);
  }

  private get routerNames(): string[] {
    return this.parts.regions ?? ['left', 'right'].slice(0, this.parts.routers ?? 1);
  }
}

function placeOf({ service }: SiteParts): { environment: string; service: string } {
  return service === undefined ? uniqueService() : { environment: 'e2e', service };
}
