import type { Routing, Split } from '../../domain/traffic';

/** Whose requests they are. */
export interface ServicePlace {
  environment: string;
  service: string;
}

/** An instance as a router needs to know it. */
export interface RoutedInstance {
  name: string;
  address?: string;
  labels: Record<string, string>;
}

/** An instance, and the groups whose requests it is to get at one time or another: of no others. */
export interface NeededInstance extends RoutedInstance {
  groups: string[];
}

/** What a deployment is going to need of its routers. */
export interface TrafficNeed {
  /** The groups that it will move instances and shares between. */
  groups: string[];
  instances: NeededInstance[];
  routing: Routing;
}

/**
 * What is in front of a fleet: it decides which group of instances gets which share of the requests. Every method drives
 * all routers of the fleet, is repeated safely, and counts only when each of them confirms by what it reads back.
 * Whatever can't be done is a TrafficFault that names the router and why; an aborted `signal` throws its reason.
 */
export interface TrafficDriver {
  /**
   * Why the routers can't serve a deployment, found out before anything is touched; undefined: they can. A TrafficFault
   * that is `unreached`: nobody can tell from this machine.
   */
  refusal(need: TrafficNeed, signal: AbortSignal): Promise<string | undefined>;
  /**
   * How requests are split now; a TrafficFault where routers differ, and once where one was started again since it was
   * last asked: it has forgotten who is in service.
   */
  read(signal: AbortSignal): Promise<Split>;
  /** Splits requests like this from now on. */
  shift(split: Split, routing: Routing, signal: AbortSignal): Promise<void>;
  /** Gives the instance no new requests, and waits until none is under way or the time for that is over. */
  drain(instance: RoutedInstance, signal: AbortSignal): Promise<void>;
  /** Gives the instance the requests of these groups, and of no others. */
  admit(instance: RoutedInstance, groups: readonly string[], signal: AbortSignal): Promise<void>;
}

/** A router that couldn't be told, or didn't do, what it was asked. */
export class TrafficFault extends Error {
  override readonly name = 'TrafficFault';

  /** @param unreached this machine can't ask it, and another one may be able to */
  constructor(
    message: string,
    readonly unreached = false,
  ) {
    super(message);
  }
}
