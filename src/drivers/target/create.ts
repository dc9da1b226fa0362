import type { DriverSpec } from '../../domain';
import { CommandDriver } from './command';
import type { TargetDriver } from './driver';
import { SimulatedDriver } from './simulated';
import type { SshConnections } from './ssh/connections';
import { SshDriver, type ServicePlace } from './ssh/driver';
import type { SimulatedWorld } from './world';

export interface TargetDriverDeps {
  /** Where simulated instances keep their state. */
  world: SimulatedWorld;
  /** The worker's own: `${env:NAME}` is resolved from it. */
  environment: NodeJS.ProcessEnv;
  /** Whoever made them closes them. */
  connections: SshConnections;
}

/** The driver that a service's spec asks for. */
export function createTargetDriver(spec: DriverSpec, place: ServicePlace, deps: TargetDriverDeps): TargetDriver {
  switch (spec.kind) {
    case 'command':
      return new CommandDriver(spec, deps.environment);
    case 'simulated':
      return new SimulatedDriver(spec, deps.world);
    case 'ssh':
      return new SshDriver(spec, place, deps);
  }
}
