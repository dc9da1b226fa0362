import { missingArtifact } from './control/missing-artifact';
import { HEALTH, type DeploymentSpec, type Member, type Probe } from './domain';
import type { ArtifactStore } from './domain/artifact';
import type { AgentWorld } from './drivers/target/agent';
import { createTargetDriver } from './drivers/target/create';
import { DriverRefusal, type TargetDriver } from './drivers/target/driver';
import { SshConnections } from './drivers/target/ssh/connections';
import type { SimulatedWorld } from './drivers/target/world';

const AT_ONCE = 50;

type Artifacts = Pick<ArtifactStore, 'find' | 'read'>;
const NOTHING: Artifacts = { find: async () => undefined, read: async () => undefined };

/** A plan changes nothing, so a simulated instance is what its fleet lists. */
const UNTOUCHED: SimulatedWorld = { read: async () => undefined, write: async () => true };

/** Looks at each member once, from this process, before anything is deployed. */
export async function probeFleet(
  spec: DeploymentSpec,
  members: Member[],
  agentReports: AgentWorld['agentReports'],
): Promise<Map<string, Probe>> {
  const connections = new SshConnections();
  const driver = driverOf(spec, connections, agentReports);
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
  try {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, members.length) }, look));
    return probes;
  } finally {
    connections.close();
  }
}

/** Why a worker on this machine would refuse the deployment; undefined: it wouldn't, as far as can be told. */
export async function lackingHere(spec: DeploymentSpec, artifacts: Artifacts): Promise<string | undefined> {
  try {
    await driverOf(spec, new SshConnections(), async () => new Map(), artifacts).check(spec.release);
    return await missingArtifact(artifacts, spec);
  } catch (error) {
    if (error instanceof DriverRefusal) return error.message;
    throw error;
  }
}

function driverOf(
  spec: DeploymentSpec,
  connections: SshConnections,
  agentReports: AgentWorld['agentReports'],
  artifacts: Artifacts = NOTHING,
): TargetDriver {
  const agents = { agentReports, setDesired: async () => {}, withdrawDesired: async () => [] };
  return createTargetDriver(spec.driver, spec, {
    world: UNTOUCHED,
    agents,
    environment: process.env,
    connections,
    artifacts,
  });
}
