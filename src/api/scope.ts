import type { DeploymentName } from '../control/name';
import type { Principal } from './access';
import { HttpError } from './errors';

/** Whether a token holds for a service there. */
export function holdsFor({ environments, services }: Principal, { environment, service }: DeploymentName): boolean {
  return (environments?.includes(environment) ?? true) && (services?.includes(service) ?? true);
}

export function requireService(principal: Principal, name: DeploymentName): void {
  if (holdsFor(principal, name)) return;
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
