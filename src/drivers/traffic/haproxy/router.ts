import { setTimeout as delay } from 'node:timers/promises';
import type { HaproxyTrafficSpec, Routing, Split } from '../../../domain/traffic';
import { listed } from '../../target/words';
import type { RoutedInstance, ServicePlace } from '../driver';
import { Runtime } from './runtime';
import { serversOf, type Server, type ServerState } from './servers';
import { Shares } from './shares';

/** How often a drained instance is looked at: often at first, as most requests are short. */
const FIRST_LOOK_MS = 20;
const LOOK_MS = 500;

/** One HAProxy of those that serve a fleet. Whatever it doesn't do, or doesn't confirm, is a TrafficFault that names it. */
export class Router {
  readonly runtime: Runtime;
  private readonly shares: Shares;
  /** Which process was asked or told last. */
  private known: string | undefined;

  constructor(
    readonly endpoint: string,
    private readonly spec: HaproxyTrafficSpec,
    place: ServicePlace,
  ) {
    this.runtime = new Runtime({ endpoint, timeoutMs: spec.timeoutMs });
    this.shares = new Shares(this.runtime, spec.map, spec, place);
  }

  async read(signal: AbortSignal): Promise<Split> {
    const [before, now] = [this.known, await this.runtime.process(signal)];
    this.known = now;
    // The map's file brings the split back, and nothing brings back who is in service: it is said once.
    if (before !== undefined && before !== now) {
      throw this.runtime.fault('it was started again, and knows no more which instances are in service');
    }
    return this.shares.read(signal);
  }

  async shift(split: Split, routing: Routing, signal: AbortSignal): Promise<void> {
    // Another one than was known has the split now; that it knows nothing else, the next look is to say.
    this.known ??= await this.runtime.process(signal);
    await this.shares.set(split, routing, signal);
  }

  async drain(instance: RoutedInstance, signal: AbortSignal): Promise<void> {
    const serving = (await this.serversOf(instance, signal)).filter(({ state }) => state !== 'maint');
    if (serving.length === 0) return;
    await this.runtime.setStates(serving, 'drain', signal);
    await this.quiet(serving, signal);
    await this.runtime.setStates(serving, 'maint', signal);
    await this.confirm(instance, () => 'maint', signal);
  }

  async admit(instance: RoutedInstance, groups: readonly string[], signal: AbortSignal): Promise<void> {
    const servers = await this.serversOf(instance, signal);
    const wanted = groups.map((group) => this.spec.backends[group] ?? `a backend of ${group}`);
    const absent = wanted.filter((backend) => !servers.some((server) => server.backend === backend));
    if (absent.length > 0) throw this.runtime.fault(`${instance.name} is no server in ${listed(absent)}`);
    // One that drains ends what is under way there before it is out.
    const stateOf = ({ backend, state }: Server): ServerState =>
      wanted.includes(backend) ? 'ready' : groups.length === 0 && state === 'drain' ? 'drain' : 'maint';
    // Ready first: it is never out of all of them in between.
    for (const state of ['ready', 'maint'] as const) {
      const others = servers.filter((server) => stateOf(server) === state && server.state !== state);
      await this.runtime.setStates(others, state, signal);
    }
    await this.confirm(instance, stateOf, signal);
  }

  /** The server of an instance in each backend; a TrafficFault where it has none at all. */
  private async serversOf(instance: RoutedInstance, signal: AbortSignal): Promise<Server[]> {
    const backends = Object.values(this.spec.backends);
    const servers = serversOf(instance, await this.runtime.servers(backends, signal));
    if (servers.length > 0) return servers;
    throw this.runtime.fault(`${instance.name} is no server in ${backends.join(' or ')}`);
  }

  /** Waits until no request is under way there, or the time for that is over. */
  private async quiet(servers: readonly Server[], signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + this.spec.drainTimeoutMs;
    for (let pause = FIRST_LOOK_MS; (await this.runtime.underWay(servers, signal)) > 0; pause *= 2) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      await delay(Math.min(pause, LOOK_MS, left), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  private async confirm(instance: RoutedInstance, asked: (server: Server) => ServerState, signal: AbortSignal) {
    for (const server of await this.serversOf(instance, signal)) {
      const { backend, name, state, hindrance } = server;
      const what = `${backend}/${name}`;
      const wanted = asked(server);
      if (state !== wanted)
        throw this.runtime.fault(`${what} is ${state} after it was set to ${wanted}; what else sets it?`);
      if (state === 'ready' && hindrance !== undefined)
        throw this.runtime.fault(`${what} gets no requests: ${hindrance}`);
    }
  }
}
