import type { FreezeScope } from '../domain/freeze';
import type { Within } from './control';
import type { DeploymentName } from './name';

/** Whether a service there is one of those that are meant. */
export function isWithin({ environments, services }: Within, { environment, service }: DeploymentName): boolean {
  return (environments?.includes(environment) ?? true) && (services?.includes(service) ?? true);
}

/** Whether a freeze binds any service that is meant. */
export function bindsWithin({ environments, services }: Within, { environment, service }: FreezeScope): boolean {
  return (
    (environment === undefined || (environments?.includes(environment) ?? true)) &&
    (service === undefined || (services?.includes(service) ?? true))
  );
}

/** Whether all that a scope names is meant: whoever freezes all of an environment freezes each of its services. */
export function isWhollyWithin({ environments, services }: Within, { environment, service }: FreezeScope): boolean {
  const holds = (names: string[] | undefined, name: string | undefined) =>
    names === undefined || (name !== undefined && names.includes(name));
  return holds(environments, environment) && holds(services, service);
}
