import type { Within } from '../control/control';
import type { DeploymentName } from '../control/name';
import { isWhollyWithin, isWithin } from '../control/within';
import type { Instance } from '../domain';
import { scopeText, type FreezeScope } from '../domain/freeze';
import type { Principal } from './access';
import { HttpError } from './errors';

export function requireService(principal: Principal, name: DeploymentName): void {
  if (isWithin(principal, name)) return;
  throw new HttpError(403, 'forbidden', `${principal.name} does not hold for ${name.environment}/${name.service}.`);
}

/**
 * A selector finds instances anywhere, also those that join later: a token that holds for some environments or services
 * must say by a label that it means these.
 */
export function requireLabels(principal: Principal, labels: Record<string, string>): void {
  const { environments, services, name } = principal;
  const environment = labels.environment ?? labels.env;
  if (environments !== undefined && (environment === undefined || !environments.includes(environment))) {
    throw new HttpError(
      403,
      'forbidden',
      `${name} holds for ${environments.join(', ')} only: labels.environment must say which.`,
    );
  }
  if (services !== undefined && (labels.service === undefined || !services.includes(labels.service))) {
    throw new HttpError(
      403,
      'forbidden',
      `${name} holds for ${services.join(', ')} only: labels.service must say which.`,
    );
  }
}

/** The label `env` may lead to an instance that `environment` puts elsewhere: what a token changes must be its own wholly. */
export function requireInstances(principal: Principal, instances: readonly Pick<Instance, 'labels'>[]): void {
  const { environments, name } = principal;
  if (environments === undefined) return;
  if (instances.every(({ labels }) => environments.includes(labels.environment ?? labels.env ?? ''))) return;
  const message = `${name} holds for ${environments.join(', ')} only, and the labels match an instance of another environment: labels.environment must say which.`;
  throw new HttpError(403, 'forbidden', message);
}

/** Whoever freezes, or lifts what is frozen, decides about all that the scope names. */
export function requireScope(principal: Principal, scope: FreezeScope): void {
  if (isWhollyWithin(principal, scope)) return;
  throw new HttpError(403, 'forbidden', `${principal.name} does not hold for all of ${scopeText(scope)}.`);
}

/** What is about everybody's services takes a token that holds for all of them. */
export function requireAll(principal: Principal, what: string): Principal {
  if (principal.environments === undefined && principal.services === undefined) return principal;
  const message = `${principal.name} holds for some services or environments only; ${what} takes a token for all.`;
  throw new HttpError(403, 'forbidden', message);
}

/** What a token holds for, as a filter of what is told. */
export function withinOf({ environments, services }: Principal): Within {
  return { ...(environments === undefined ? {} : { environments }), ...(services === undefined ? {} : { services }) };
}

/** What is an environment's and of no service: whoever holds for some of its services may look at it. */
export function requireEnvironment({ name, environments }: Principal, environment: string): void {
  if (environments === undefined || environments.includes(environment)) return;
  throw new HttpError(403, 'forbidden', `${name} does not hold for ${environment}.`);
}
