import type { TrafficSpec } from '../../domain/traffic';
import { CommandTraffic } from './command';
import type { ServicePlace, TrafficDriver } from './driver';
import { HaproxyDriver } from './haproxy/driver';
import { NopDriver } from './nop';

export interface TrafficDriverDeps {
  /** The worker's own: `${env:NAME}` is resolved from it. */
  environment: NodeJS.ProcessEnv;
}

/** The driver of what a spec says is in front of a fleet. */
export function createTrafficDriver(spec: TrafficSpec, place: ServicePlace, deps: TrafficDriverDeps): TrafficDriver {
  switch (spec.kind) {
    case 'haproxy':
      return new HaproxyDriver(spec, place);
    case 'command':
      return new CommandTraffic(spec, place, deps.environment);
    case 'nop':
      return new NopDriver();
  }
}
