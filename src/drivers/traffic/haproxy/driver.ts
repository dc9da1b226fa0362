import type { HaproxyTrafficSpec, Routing, Split } from '../../../domain/traffic';
import { TrafficFault, type RoutedInstance, type ServicePlace, type TrafficDriver, type TrafficNeed } from '../driver';
import { sameSplit, splitText } from '../split';
import { shortcomings, unkeptHere, unmeetable } from './refusal';
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
      await this.ask(async ({ runtime }) => {
        const found = await shortcomings(runtime, this.spec, this.place, need, signal);
        if (found.length > 0) throw runtime.fault(found.join('; '));
        const unkept = need.groups.length > 1 ? await unkeptHere(runtime, this.spec) : undefined;
        if (unkept !== undefined) throw runtime.fault(unkept, true);
      }, signal);
      return undefined;
    } catch (error) {
      if (error instanceof TrafficFault && !error.unreached) return error.message;
      throw error;
    }
  }

  async read(signal: AbortSignal): Promise<Split> {
    const splits = await this.ask((router) => router.read(signal), signal);
    const [split = {}, ...others] = splits;
    if (others.every((other) => sameSplit(split, other))) return split;
    const told = splits.map((each, i) => `HAProxy at ${this.routers[i]?.endpoint} has ${splitText(each)}`);
    throw new TrafficFault(`the routers differ: ${told.join('; ')}`);
  }

  async shift(split: Split, routing: Routing, signal: AbortSignal): Promise<void> {
    await this.tell((router) => router.shift(split, routing, signal), signal);
  }

  async drain(instance: RoutedInstance, signal: AbortSignal): Promise<void> {
    await this.tell((router) => router.drain(instance, signal), signal);
  }

  async admit(instance: RoutedInstance, groups: readonly string[], signal: AbortSignal): Promise<void> {
    await this.tell((router) => router.admit(instance, groups, signal), signal);
  }

  /** Answers with what each router says; a TrafficFault that names all that don't. */
  private async ask<T>(work: (router: Router) => Promise<T>, signal: AbortSignal): Promise<T[]> {
    const { done, faults } = await this.each(work, signal);
    if (faults.length > 0) throw together(faults);
    return done;
  }

  /** Has all routers do it; a TrafficFault that says which of them didn't, and how many did. */
  private async tell(work: (router: Router) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { done, faults } = await this.each(work, signal);
    if (faults.length === 0) return;
    const all = this.routers.length;
    const others = all === 1 ? '' : ` (${done.length === 0 ? 'none' : done.length} of ${all} did it)`;
    throw together(faults, others);
  }

  /** One that fails doesn't keep the others from it. */
  private async each<T>(work: (router: Router) => Promise<T>, signal: AbortSignal) {
    const settled = await Promise.allSettled(this.routers.map(work));
    signal.throwIfAborted();
    const done: T[] = [];
    const faults: TrafficFault[] = [];
    for (const each of settled) {
      if (each.status === 'fulfilled') done.push(each.value);
      else if (each.reason instanceof TrafficFault) faults.push(each.reason);
      else throw each.reason;
    }
    return { done, faults };
  }
}

/** What any of them answered counts, whoever else wasn't reached. */
function together(faults: readonly TrafficFault[], more = ''): TrafficFault {
  const said = faults.map(({ message }) => message).join('; ');
  return new TrafficFault(
    `${said}${more}`,
    faults.every(({ unreached }) => unreached),
  );
}
