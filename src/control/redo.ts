import type { DeploymentSpec, Instance } from '../domain';
import { plainly } from '../domain/strategies/plain';
import type { ControlStore, DeploymentRow, MemberRow } from '../store/types';
import { Refused } from './errors';
import { placedNow, type ReadFleet } from './fleet-now';

/** What a new deployment of an ended one's failed instances needs. */
export interface RedoOrder {
  spec: DeploymentSpec;
  instances: Instance[];
  /** What a person should know about it. */
  notices: string[];
}

/** The failed instances of an ended deployment (or those of them that are named), to be deployed again. */
export async function redoFailed(
  store: ControlStore,
  readFleet: ReadFleet,
  row: DeploymentRow,
  names: string[],
): Promise<RedoOrder> {
  const request = await store.request(row.requestId);
  if (request === undefined) throw new Error(`the request ${row.requestId} of ${row.id} is not in the database`);
  if (request.spec.strategy.kind === 'blue_green') {
    throw new Refused(`${row.id} is blue-green, whose groups are brought to a release as a whole`, ['deploy it again']);
  }
  if (request.kind === 'rollback') {
    throw new Refused(`${row.id} is a rollback`, [
      `\`belay rollback ${row.environment}/${row.service}\` tries again what it left`,
    ]);
  }
  if (request.spec.fleet.kind === 'none') {
    throw new Refused(`${row.id} has no instances that could be tried again`, [
      'deploy its features again: what is on already stays as it is, and what was taken back is turned on anew',
    ]);
  }
  const failed = (await store.members(row.generation)).filter(
    (member) => member.changed?.result === 'failed' && !member.left,
  );
  const chosen = names.length === 0 ? failed : failed.filter((member) => names.includes(member.name));
  const missing = names.filter((name) => !chosen.some((member) => member.name === name));
  if (missing.length > 0) {
    throw new Refused(`not among the failed instances of ${row.id}: ${missing.join(', ')}`, [failedText(failed)]);
  }
  if (chosen.length === 0) throw new Refused(`${row.id} has ended (${row.status}) and no instance of it failed`);
  const { members, notices } = await placedNow(store, readFleet, request.spec.fleet, row, chosen);
  if (members.length === 0) throw new Refused(`no failed instance of ${row.id} is in the fleet`, notices);
  return {
    spec: {
      ...(request.spec.strategy.kind === 'rolling' ? request.spec : plainly(request.spec)),
      selection: { only: members.map((member) => member.name), exclude: [], first: [] },
    },
    instances: members.map(asListed),
    notices,
  };
}

function failedText(failed: MemberRow[]): string {
  return failed.length === 0 ? 'none failed' : `failed: ${failed.map((member) => member.name).join(', ')}`;
}

function asListed({ name, address, labels, versions, health }: MemberRow): Instance {
  return {
    name,
    labels,
    ...(address === undefined ? {} : { address }),
    ...(versions === undefined ? {} : { versions }),
    ...(health === undefined ? {} : { health }),
  };
}
