import { HEALTH, type Member, type Probe } from '../instance';
import type { DeploymentSpec } from '../spec';
import { currentOf, dispositionOf, goesFirst, type Current, type Disposition, type Recorded } from './current';

/** A member as it is now, and what a deployment would do with it. */
export interface Judged {
  member: Member;
  current: Current;
  disposition: Disposition;
}

/**
 * Says how a member is and what is to become of it.
 * @param probe one look at it; absent: what is recorded or listed counts
 */
export function judge(
  spec: DeploymentSpec,
  member: Member,
  probe: Probe | undefined,
  recorded: Recorded | undefined,
): Judged {
  const current = currentFor(spec, member, probe, recorded);
  return { member, current, disposition: dispositionOf(spec, current) };
}

/** Without a look at it, a simulated instance is healthy unless its file says otherwise. */
function currentFor(
  spec: DeploymentSpec,
  member: Member,
  probe: Probe | undefined,
  recorded: Recorded | undefined,
): Current {
  const assumed = spec.driver.kind === 'simulated' ? HEALTH.HEALTHY : HEALTH.UNKNOWN;
  return currentOf({ ...member, health: member.health ?? assumed }, probe, recorded);
}

/** Those that aren't in service first, each kind in the fleet's order. */
export function unhealthyFirst(judged: Judged[]): Judged[] {
  const ordered = [...judged].sort((a, b) => a.member.ordinal - b.member.ordinal);
  return [
    ...ordered.filter(({ current }) => goesFirst(current)),
    ...ordered.filter(({ current }) => !goesFirst(current)),
  ];
}

export function nameOf({ member }: Judged): string {
  return member.name;
}
