import type { HaproxyTrafficSpec, Routing } from '../../../src/domain/traffic';
import {
  TrafficFault,
  type RoutedInstance,
  type TrafficDriver,
  type TrafficNeed,
} from '../../../src/drivers/traffic/driver';
import { HaproxyDriver } from '../../../src/drivers/traffic/haproxy/driver';
import { temporaryFolder } from '../../support/files';
import { Haproxy, type HaproxyParts } from '../../support/haproxy';
import { Upstream } from '../../support/upstream';

export const PLACE = { environment: 'production', service: 'web' };
export const NOWHERE: Routing = { match: [] };
export const BY_USER: Routing = { match: [], sticky: { kind: 'cookie', name: 'uid' } };
export const { signal: NEVER } = new AbortController();

/** Instances and HAProxies of one test file, ended when it has. */
export function trafficStand() {
  const folder = temporaryFolder();
  const ending: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const end of ending.reverse()) await end();
  });
  return {
    folder,
    async upstreams(...names: string[]): Promise<Upstream[]> {
      const started = await Promise.all(names.map((name) => new Upstream(name).start()));
      ending.push(...started.map((each) => () => each.stop()));
      return started;
    },
    async haproxy(name: string, parts: HaproxyParts, map = `${folder.path}/${name}.map`): Promise<Haproxy> {
      const haproxy = await Haproxy.start(folder.path, name, map, parts);
      ending.push(() => haproxy.stop());
      return haproxy;
    },
  };
}

export function specOf(
  backends: Record<string, string>,
  routers: readonly Pick<Haproxy, 'endpoint' | 'map'>[],
  changes: Partial<HaproxyTrafficSpec> = {},
): HaproxyTrafficSpec {
  return {
    kind: 'haproxy',
    endpoints: routers.map(({ endpoint }) => endpoint),
    map: routers[0]?.map ?? '',
    backends,
    drainTimeoutMs: 20_000,
    timeoutMs: 5_000,
    ...changes,
  };
}

export function driverOf(spec: HaproxyTrafficSpec, place = PLACE): HaproxyDriver {
  return new HaproxyDriver(spec, place);
}

export function instance({ name, port }: Pick<Upstream, 'name' | 'port'>): RoutedInstance {
  return { name, address: `127.0.0.1:${port}`, labels: {} };
}

/** What a deployment needs whose instances may get the requests of each of these groups. */
export function needOf(groups: string[], instances: RoutedInstance[], routing: Routing): TrafficNeed {
  return { groups, instances: instances.map((each) => ({ ...each, groups })), routing };
}

/** Why a deployment can't begin: what the routers answered, or that they can't be asked from here. */
export async function whyNot(driver: TrafficDriver, need: TrafficNeed): Promise<string | undefined> {
  return driver.refusal(need, NEVER).catch((error: unknown) => {
    if (error instanceof TrafficFault && error.unreached) return `unreached: ${error.message}`;
    throw error;
  });
}

/** The message of the TrafficFault that this must end in. */
export async function faultOf(work: Promise<unknown>): Promise<string> {
  const ended = await work.then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  if (ended?.name !== 'TrafficFault') throw new Error(`no fault, but ${ended === undefined ? 'success' : ended.stack}`);
  return ended.message;
}
