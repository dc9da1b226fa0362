import { allowedFailures, sizeText } from '../size';
import type { DeploymentSpec } from '../spec';
import { hasRouter } from '../traffic';
import type { PlannedLimits } from './plan';
import { counted } from './words';

type Limited = Pick<DeploymentSpec, 'maxFailures' | 'retry' | 'timeouts' | 'onFailure' | 'failedInstances'>;

/** The limits in numbers: `max failures 10% of 23 instances: 2 may fail, the 3rd trips`. */
export function limitsOf({ maxFailures, retry, timeouts }: Limited, targeted: number): PlannedLimits {
  const allowed = Math.min(allowedFailures(maxFailures, targeted), targeted);
  const of = maxFailures.kind === 'percent' ? ` of ${counted(targeted, 'instance')}` : '';
  const trips =
    allowed >= targeted ? 'all may fail, and nothing trips' : `${may(allowed)}, the ${ordinal(allowed + 1)} trips`;
  return {
    max_failures: sizeText(maxFailures),
    allowed_failures: allowed,
    summary: `max failures ${sizeText(maxFailures)}${of}: ${trips}`,
    max_attempts: retry.maxAttempts,
    instance_timeout_ms: timeouts.instanceMs,
    health_timeout_ms: timeouts.healthMs,
    ...(timeouts.deploymentMs === undefined ? {} : { deployment_timeout_ms: timeouts.deploymentMs }),
  };
}

function may(allowed: number): string {
  return allowed === 0 ? 'none may fail' : `${allowed.toLocaleString('en-US')} may fail`;
}

function ordinal(n: number): string {
  const tens = n % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n.toLocaleString('en-US')}${suffix}`;
}

/** What happens when more fail than may, and what becomes of those that fail within the limit. */
export function onFailureText({
  onFailure,
  failedInstances,
  strategy,
  traffic,
}: Limited & Partial<Pick<DeploymentSpec, 'strategy' | 'traffic'>>): string {
  if (strategy?.kind === 'feature_flags') return featuresText(strategy.onViolation, onFailure);
  const within = failedInstances === 'leave' ? 'are left as they are' : 'go back to what they ran';
  return `${tripped(onFailure)}${hasRouter(traffic) ? requestsBack(onFailure, strategy) : ''}; instances that fail within the limit ${within}`;
}

/** How requests go back, where a strategy shifts them. */
function requestsBack(
  onFailure: DeploymentSpec['onFailure'],
  strategy: DeploymentSpec['strategy'] | undefined,
): string {
  if (onFailure !== 'rollback') return '';
  if (strategy?.kind === 'blue_green') return '; after the switch only requests go back, at once';
  if (strategy?.kind !== 'canary') return '';
  return strategy.rollback === 'progressive'
    ? '; requests go back down the same steps, each with its instances'
    : '; requests go back first, all at once';
}

/** Of flags: what a violation takes back. */
function featuresText(onViolation: 'feature' | 'all', onFailure: DeploymentSpec['onFailure']): string {
  if (onViolation === 'feature') return 'the feature that violates goes back to what it was, and the others go on';
  switch (onFailure) {
    case 'rollback':
      return 'all of its flags go back to what they were';
    case 'pause':
      return 'it waits for a person';
    case 'abort':
      return 'it stops, and flags stay as they are';
  }
}

function tripped(onFailure: DeploymentSpec['onFailure']): string {
  switch (onFailure) {
    case 'rollback':
      return 'nothing new starts, and everything touched goes back to what it ran';
    case 'pause':
      return 'nothing new starts, and it waits for a person';
    case 'abort':
      return 'nothing new starts, and everything stays as it is';
  }
}
