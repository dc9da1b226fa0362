import { HEALTH, type Instance, type Snapshot } from '../domain';
import type { Recorded } from '../domain/plan';
import type { TargetInstance } from '../drivers/target/driver';
import type { Request } from '../store/types';
import type { WorkMember } from '../store/work-member';

/** A member as drivers know it. */
export function targetOf(member: WorkMember, deployment: number): TargetInstance {
  return targetFrom(member, member.ordinal, deployment, member.snapshot);
}

/**
 * An instance as drivers know it before its snapshot is taken. A simulated instance is what its list says, as long as
 * the list is newer than what was recorded: a rollback's list is as old as the deployment that it undoes.
 */
export function listedTarget(
  request: Request,
  instance: Instance,
  place: { ordinal: number; deployment: number },
  recorded: Recorded | undefined,
): TargetInstance {
  const simulated = request.spec.driver.kind === 'simulated';
  const [first, second] = request.kind === 'rollback' ? [recorded, instance] : [instance, recorded];
  const versions = first?.versions ?? second?.versions;
  const health = first?.health ?? second?.health ?? (simulated ? HEALTH.HEALTHY : HEALTH.UNKNOWN);
  const before = { ...(versions === undefined ? {} : { versions }), health };
  return targetFrom(instance, place.ordinal, place.deployment, before);
}

function targetFrom(instance: Instance, ordinal: number, deployment: number, before: Snapshot): TargetInstance {
  const { name, address, labels } = instance;
  return { name, labels, ...(address === undefined ? {} : { address }), ordinal, deployment, before };
}
