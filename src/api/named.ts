import type { DeploymentSpec, DriverSpec } from '../domain';
import type { DeployRequest, Resolved } from '../schemas/deploy-request';
import { hookFor, stepHooks } from '../schemas/deployment/hooks';
import { trafficFaults } from '../schemas/deployment/traffic-fit';
import { pathText } from '../schemas/node';
import { AGENT, unknownDriver, unknownName, type Catalog } from '../schemas/server-drivers';
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

/** A deployment with what was named itself in its place: what is stored holds whatever becomes of belay.yaml. */
export function withNamed(catalog: Catalog, spec: DeploymentSpec): DeploymentSpec {
  return withHooks(catalog, withTraffic(catalog, withDriver(catalog, spec)));
}

function withDriver({ drivers }: Catalog, spec: DeploymentSpec): DeploymentSpec {
  const { driverName: name, ...rest } = spec;
  if (name === undefined) return spec;
  if (name === AGENT) return { ...rest, driver: { kind: 'agent' } };
  return { ...spec, driver: driverNamed(drivers, name, 'deployment.driver.name') };
}

function withTraffic({ traffic: routers }: Catalog, spec: DeploymentSpec): DeploymentSpec {
  const { trafficName: name } = spec;
  if (name === undefined) return spec;
  const field = 'deployment.traffic.name';
  const traffic = called(routers, name, field, 'router', 'traffic');
  const rest = { simulated: spec.driver.kind === 'simulated', groups: spec.groups?.order };
  const problems = trafficFaults(spec.strategy, traffic, rest).map(({ path, message }) => {
    return { field, message: `is ${JSON.stringify(name)}, which does not fit: ${pathText(path)} ${message}` };
  });
  if (problems.length > 0) throw invalid('the body', problems);
  return { ...spec, traffic };
}

function withHooks({ hooks: defined }: Catalog, spec: DeploymentSpec): DeploymentSpec {
  const { hookNames = {}, hooks = {}, strategy } = spec;
  if (Object.keys(hookNames).length === 0) return spec;
  const steps = stepHooks(strategy);
  const named = Object.entries(hookNames).map(([key, name]) => {
    const found = called(defined, name, `deployment.hooks.${key}.name`, 'hook', 'hooks');
    return [key, hookFor(key, found, steps)] as const;
  });
  return { ...spec, hooks: { ...hooks, ...Object.fromEntries(named) } };
}

function called<Item>(known: Record<string, Item>, name: string, field: string, what: string, part: string): Item {
  const found = Object.hasOwn(known, name) ? known[name] : undefined;
  if (found !== undefined) return found;
  throw invalid('the body', [{ field, message: unknownName(what, name, Object.keys(known), part) }]);
}

function driverNamed(drivers: Catalog['drivers'], name: string, field: string): DriverSpec {
  const found = Object.hasOwn(drivers, name) ? drivers[name] : undefined;
  if (found !== undefined) return found;
  throw invalid('the body', [{ field, message: unknownDriver(name, drivers) }]);
}
