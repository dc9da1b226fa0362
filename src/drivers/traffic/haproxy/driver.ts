import type { HaproxyTrafficSpec, Routing, Split } from '../../../domain/traffic';
import { TrafficFault, type RoutedInstance, type ServicePlace, type TrafficDriver, type TrafficNeed } from '../driver';
import { sameSplit, splitText } from '../split';
import { shortcomings, unmeetable } from './refusal';
import { Router } from './router';

/** Tells every HAProxy of a fleet over its Runtime API. See docs/traffic.md for what their configuration must have. */
export class HaproxyDriver implements TrafficDriver {
  private readonly routers: Router[];

  constructor(
    private readonly spec: HaproxyTrafficSpec,
    private readonly place: ServicePlace,
  ) {
    this.routers = spec.endpoints.map((endpoint) => new Router(endpoint, spec, place));
  }

  async refusal(need: TrafficNeed, signal: AbortSignal): Promise<string | undefined> {
    const problems = unmeetable(this.spec, need);
    if (problems.length > 0) return problems.join(' ');
    try {
      await this.each(async ({ runtime }) => {
        const found = await shortcomings(runtime, this.spec, this.place, need, signal);
        if (found.length > 0) throw runtime.fault(found.join('; '));
      }, signal);
      return undefined;
    } catch (error) {
      if (error instanceof TrafficFault) return error.message;
      throw error;
    }
  }

  async read(signal: AbortSignal): Promise<Split> {
    const splits = await this.each((router) => router.read(signal), signal);
    const [split = {}, ...others] = splits;
    if (others.every((other) => sameSplit(split, other))) return split;
    const told = splits.map((each, i) => `HAProxy at ${this.routers[i]?.endpoint} has ${splitText(each)}`);
    throw new TrafficFault(`the routers differ: ${told.join('; ')}`);
  }

  async shift(split: Split, routing: Routing, signal: AbortSignal): Promise<void> {
    await this.each((router) => router.shift(split, routing, signal), signal);
  }

  async drain(instance: RoutedInstance, signal: AbortSignal): Promise<void> {
    await this.each((router) => router.drain(instance, signal), signal);
  }

  async admit(instance: RoutedInstance, groups: readonly string[], signal: AbortSignal): Promise<void> {
    await this.each((router) => router.admit(instance, groups, signal), signal);
  }

  /** Has all routers do it, and waits for all: one that fails doesn't keep the others from it. */
  private async each<T>(work: (router: Router) => Promise<T>, signal: AbortSignal): Promise<T[]> {
    const settled = await Promise.allSettled(this.routers.map(work));
    signal.throwIfAborted();
    const failed = settled.filter((each) => each.status === 'rejected').map(({ reason }) => reason as Error);
    const other = failed.find((error) => !(error instanceof TrafficFault));
    if (other !== undefined) throw other;
    const [first] = failed;
    if (first === undefined) return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    if (this.routers.length === 1) throw first;
    const done = settled.length - failed.length;
    const others = done === 0 ? 'none of them did it' : `${done} of ${settled.length} did it`;
    throw new TrafficFault(`${failed.map(({ message }) => message).join('; ')} (${others})`);
  }
}
