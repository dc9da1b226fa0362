import type { HealthCheck, Probe } from '../../domain';
import type { TargetInstance } from './driver';
import { commandHealth } from './health-command';
import { httpHealth } from './health-http';

/** One look at an instance: see `TargetDriver.probe`. */
export type HealthProbe = (instance: TargetInstance, signal: AbortSignal) => Promise<Probe>;

/** Where and with what a health command runs. */
export interface CommandSurroundings {
  directory: string;
  env: Record<string, string>;
  secrets: readonly string[];
}

export function healthProbe(check: HealthCheck, surroundings: CommandSurroundings): HealthProbe {
  switch (check.kind) {
    case 'http':
      return (instance, signal) => httpHealth(check, instance, signal);
    case 'command':
      return (instance, signal) => commandHealth(check, surroundings, instance, signal);
  }
}
