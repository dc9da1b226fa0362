import type { FleetSource, Instance } from '../domain';
import type { ControlStore } from '../store/types';
import type { DeploymentName } from './name';

/** Lists a fleet as it is now; throws when it can't be read or understood. */
export type ReadFleet = (fleet: FleetSource) => Promise<Instance[]>;

/** Instances of a fleet by name, and what a person should know about the list. */
export interface FleetNow {
  instances: Map<string, Instance>;
  notices: string[];
}

/**
 * Those of the named instances that a fleet has now: as it is listed, and where it can't be read, as the newest
 * deployment of the service that had each as a member.
 */
export async function fleetNow(
  store: ControlStore,
  readFleet: ReadFleet,
  fleet: FleetSource,
  service: DeploymentName,
  names: Iterable<string>,
): Promise<FleetNow> {
  const wanted = new Set(names);
  const listed = await readFleet(fleet).catch((error: unknown) => (error instanceof Error ? error : String(error)));
  const notices: string[] = [];
  let instances: Map<string, Instance>;
  if (Array.isArray(listed)) {
    instances = new Map(listed.filter(({ name }) => wanted.has(name)).map((each) => [each.name, each]));
  } else {
    instances = await lastMembers(store, service, wanted);
    const why = typeof listed === 'string' ? listed : listed.message;
    notices.push(`the fleet is taken as the last deployments knew it, addresses included: ${why}`);
  }
  const gone = [...wanted].filter((name) => !instances.has(name));
  if (gone.length > 0) notices.push(`not in the fleet any more, and left as they are: ${gone.join(', ')}`);
  return { instances, notices };
}

/** Members of an ended deployment, each where it is now: it may have moved since. One that left the fleet is left out. */
export async function placedNow<T extends Instance>(
  store: ControlStore,
  readFleet: ReadFleet,
  fleet: FleetSource,
  service: DeploymentName,
  members: T[],
): Promise<{ members: T[]; notices: string[] }> {
  const names = members.map(({ name }) => name);
  const { instances, notices } = await fleetNow(store, readFleet, fleet, service, names);
  const placed = members.flatMap((member) => {
    const now = instances.get(member.name);
    if (now === undefined) return [];
    const { address: _, ...rest } = member;
    return [{ ...rest, labels: now.labels, ...(now.address === undefined ? {} : { address: now.address }) } as T];
  });
  return { members: placed, notices };
}

async function lastMembers(
  store: ControlStore,
  { environment, service }: DeploymentName,
  names: Set<string>,
): Promise<Map<string, Instance>> {
  const missing = new Set(names);
  const found = new Map<string, Instance>();
  for (const { generation } of await store.deployments({ environment, service })) {
    if (missing.size === 0) break;
    for (const member of await store.members(generation)) {
      if (missing.delete(member.name) && !member.left) found.set(member.name, member);
    }
  }
  return found;
}
