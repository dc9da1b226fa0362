import { TrafficFault } from '../drivers/traffic/driver';
import { within } from '../drivers/traffic/split';
import { alone } from './alone';
import type { Tools } from './dependencies';
import { sidesIn } from './routable';
import { heartbeating, sleep } from './running';
import { establish, isAnyOut, keepOut, standings, type Part, type Standings } from './standing';
import { sharesOf, split } from './traffic';
import type { Acted, Activities } from './types';

/** Until somebody looks, a router that was started again serves as its configuration says. */
const MOST_BETWEEN_MS = 2_000;
/** One that is away, or back, is looked at sooner. */
const AFTER_FAULT_MS = 500;

/**
 * Keeps routers as they were set last: one that was started again has forgotten who is in service. Whether one differs is
 * looked up now and then, until it is cancelled.
 */
export function guardTraffic(tools: Tools, { generation }: Parameters<Activities['guardTraffic']>[0]): Promise<void> {
  return heartbeating(async (signal) => {
    const deployment = await tools.deployments.of(generation);
    const { routers, request } = deployment;
    if (routers === undefined) return;
    const groups = [...routers.split(await tools.store.members(generation)).keys()];
    const guards = groups.map((group) => new Guard(tools, { deployment, generation, group }));
    for (;;) {
      const looked = await Promise.all(guards.map((guard) => guard.look(signal)));
      // It may be a while until it is told to stop, and the next deployment may have begun.
      if (looked.includes('over')) return;
      const most = looked.includes('fault') ? AFTER_FAULT_MS : MOST_BETWEEN_MS;
      await sleep(Math.min(request.spec.healthIntervalMs, most), signal);
    }
  });
}

/** Of the routers of one group, or of all. */
class Guard {
  /** Where instances were put; undefined: they are to be put there, whoever did it before. */
  private put: Standings | undefined;

  constructor(
    private readonly tools: Tools,
    private readonly part: Part,
  ) {}

  async look(signal: AbortSignal): Promise<'over' | 'kept' | 'fault'> {
    try {
      return await this.keep(signal);
    } catch (error) {
      if (!(error instanceof TrafficFault)) throw error;
      // It may be away for a moment; when it is back, all of it is set again.
      this.put = undefined;
      return 'fault';
    }
  }

  private async keep(signal: AbortSignal): Promise<'over' | 'kept'> {
    const { tools, part } = this;
    return alone(tools, part.deployment, async (held) => {
      if ((await tools.store.deployment(part.generation))?.endedAt !== undefined) return 'over';
      const weight = await this.weight();
      this.put = weight === undefined ? await this.keptOut(signal) : await this.established(weight, held, signal);
      return 'kept';
    });
  }

  /** What the release is to have. A shift that was given up, as its deployment knows, isn't finished behind its back. */
  private async weight(): Promise<number | undefined> {
    const { store } = this.tools;
    const { generation, group } = this.part;
    if (await store.isSettled(generation, group)) return undefined;
    const shifts = (await store.shifts(generation)).filter((shift) => shift.group === group);
    for (const { number, weight } of shifts.reverse()) {
      const told = await store.act<Acted>(generation, number);
      if (told?.answer.fault === undefined) return weight;
    }
    return undefined;
  }

  /** Requests aren't split here, or not any more: only who is being changed is kept out of service. */
  private async keptOut(signal: AbortSignal): Promise<Standings> {
    const { put } = this;
    // It says so when it was started again.
    await this.router?.read(signal);
    if (put !== undefined) return put;
    const now = await standings(this.tools, this.part);
    await keepOut(this.part, now, signal);
    return now;
  }

  private async established(weight: number, held: () => Promise<void>, signal: AbortSignal): Promise<Standings> {
    const { put, router, part, tools } = this;
    const sides = sidesIn(await tools.deployments.begun(part.generation), part.group);
    if (router === undefined || sides === undefined) return new Map();
    const asSet = put !== undefined && within(await router.read(signal), sharesOf(sides, weight));
    // Whoever was out may be good by now.
    if (asSet && !isAnyOut(put)) return put;
    await held();
    const share = async () => {
      if (!asSet) await split(router, part.deployment.request.spec, sides, weight, signal);
    };
    const now = await establish(tools, part, share, signal, asSet ? put : undefined);
    // Else whoever changes an instance has it out already, once nothing is under way there.
    if (!asSet) await keepOut(part, now, signal);
    return now;
  }

  private get router() {
    const { deployment, group } = this.part;
    return deployment.routers?.in(group);
  }
}
