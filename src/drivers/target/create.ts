import type { DriverSpec } from '../../domain';
import type { ArtifactStore } from '../../domain/artifact';
import { CommandDriver } from './command';
import { AgentDriver, type AgentWorld } from './agent';
import type { TargetDriver } from './driver';
import { NoDriver } from './none';
import { SimulatedDriver } from './simulated';
import type { SshConnections } from './ssh/connections';
import { SshDriver, type ServicePlace } from './ssh/driver';
import type { SimulatedWorld } from './world';

export interface TargetDriverDeps {
  /** Where simulated instances keep their state. */
  world: SimulatedWorld;
  /** What instances that report by themselves told, and are told. */
  agents: AgentWorld;
  /** The worker's own: `${env:NAME}` is resolved from it. */
  environment: NodeJS.ProcessEnv;
  /** What drivers bring to instances by themselves. */
  artifacts: Pick<ArtifactStore, 'find' | 'read'>;
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
    case 'agent':
      return new AgentDriver(deps.agents);
    case 'none':
      return new NoDriver();
    case 'ssh':
      return new SshDriver(spec, place, deps);
  }
}
