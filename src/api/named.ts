import type { DeploymentSpec, DriverSpec } from '../domain';
import type { DeployRequest, Resolved } from '../schemas/deploy-request';
import { AGENT, unknownDriver, type Catalog } from '../schemas/server-drivers';
import { invalid } from './errors';

/** A request with what belay.yaml says of its service, and of the driver that it names. */
export function resolved({ drivers, services }: Catalog, request: DeployRequest): Resolved {
  const { service } = request;
  const defaults = Object.hasOwn(services, service) ? services[service] : undefined;
  const labels = request.labels ?? defaults?.labels;
  if (labels === undefined) {
    const message = `is missing; write which instances, like { "role": "web" }, or give ${service} labels in belay.yaml`;
    throw invalid('the body', [{ field: 'labels', message }]);
  }
  const name = request.driver ?? defaults?.driver ?? AGENT;
  if (name === AGENT) return { labels, driver: { kind: 'agent' } };
  return { labels, driver: driverNamed(drivers, name, 'driver'), driverName: name };
}

/** A deployment with the driver itself where it was named: what is stored holds whatever becomes of belay.yaml. */
export function withDriver({ drivers }: Catalog, spec: DeploymentSpec): DeploymentSpec {
  const { driverName: name, ...rest } = spec;
  if (name === undefined) return spec;
  if (name === AGENT) return { ...rest, driver: { kind: 'agent' } };
  return { ...spec, driver: driverNamed(drivers, name, 'deployment.driver.name') };
}

function driverNamed(drivers: Catalog['drivers'], name: string, field: string): DriverSpec {
  const found = Object.hasOwn(drivers, name) ? drivers[name] : undefined;
  if (found !== undefined) return found;
  throw invalid('the body', [{ field, message: unknownDriver(name, drivers) }]);
}
