import { HEALTH, type DeploymentSpec, type Member, type Probe } from './domain';
import { createTargetDriver } from './drivers/target/create';
import type { SimulatedWorld } from './drivers/target/world';

const AT_ONCE = 50;

/** A plan changes nothing, so a simulated instance is what its fleet lists. */
const UNTOUCHED: SimulatedWorld = { read: async () => undefined, write: async () => true };

/** Looks at each member once, from this process, before anything is deployed. */
export async function probeFleet(spec: DeploymentSpec, members: Member[]): Promise<Map<string, Probe>> {
  const driver = createTargetDriver(spec.driver, { world: UNTOUCHED, environment: process.env });
  const assumed = spec.driver.kind === 'simulated' ? HEALTH.HEALTHY : HEALTH.UNKNOWN;
  const { signal } = new AbortController();
  const probes = new Map<string, Probe>();
  const waiting = members.values();
  const look = async () => {
    for (const { versions, health = assumed, ...member } of waiting) {
      const before = { health, ...(versions === undefined ? {} : { versions }) };
      probes.set(member.name, await driver.probe({ ...member, deployment: 0, before }, signal));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, members.length) }, look));
  return probes;
}
