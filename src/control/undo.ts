import { fleetKey } from '../domain/fleet';
import {
  HEALTH,
  sameVersions,
  type DeploymentSpec,
  type Health,
  type Member,
  type Snapshot,
  type Versions,
} from '../domain';
import { groupPlace } from '../domain/groups';
import { orderMembers } from '../domain/plan';
import { hasRouter } from '../domain/traffic';
import type { DeploymentRow, MemberRow, Request, RequestedMember } from '../store/types';
import type { DirectStore } from './store';
import type { Asker } from './control';
import { Refused } from './errors';
import { findDeployment } from './find';
import { fleetNow, placedNow, type ReadFleet } from './fleet-now';
import type { DeploymentName } from './name';

/** A request for a rollback of its own, not yet stored. */
export interface UndoOrder {
  request: Omit<Request, 'id' | 'createdAt'>;
  members: RequestedMember[];
  /** What a person should know about it. */
  notices?: string[];
}

const ALL = { only: [], exclude: [], first: [] };

/** Takes what a deployment touched back to what each ran before it; it must be its service's latest. */
export async function undoLatest(
  store: DirectStore,
  readFleet: ReadFleet,
  row: DeploymentRow,
  asker: Asker,
): Promise<UndoOrder> {
  const latest =
    row.document.kind === 'reconcile'
      ? await store.latest(row.environment, row.service)
      : await store.latestByPeople(row.environment, row.service);
  const service = `${row.environment}/${row.service}`;
  if (latest !== undefined && latest.generation !== row.generation) {
    throw new Refused(
      `${row.id} is not the latest of ${service} (that is ${latest.id}): what it touched was changed since`,
      [
        `\`belay rollback ${service} --to ${row.generation}\` brings back what ran after it`,
        `\`belay rollback ${latest.id}\` undoes the latest`,
      ],
    );
  }
  if (row.status === 'rolled_back') {
    throw new Refused(`${row.id} is rolled back already`, [
      `\`belay rollback ${service} --to GENERATION\` goes to what ran after an older one; \`belay history --service ${row.service}\` lists them`,
    ]);
  }
  const request = await requestOf(store, row);
  const goals = await goalsOf(store, request);
  const members = await store.members(row.generation);
  const attempted = new Set((await store.attempts(row.generation)).map((attempt) => attempt.name));
  const goalOf = (member: MemberRow) => (goals === undefined ? member.snapshot : goals.get(member.name));
  const known = members
    .filter(
      (member) =>
        // A rollback is done again in whole: one that was aborted, or lost, left some that it never came to.
        (goals !== undefined ||
          member.changed !== undefined ||
          member.restored !== undefined ||
          attempted.has(member.name)) &&
        !member.left,
    )
    .filter((member) => goalOf(member) !== undefined);
  const left = known.filter((member) => member.restored?.result !== 'restored');
  // Requests that could not be taken away are left although all instances are back: it is done again with those.
  const touched = left.length === 0 && (await keepsShare(store, row, request.spec)) ? known : left;
  const flags = await store.flagsToRestore(row.generation);
  // Where no instance was touched, only what was turned on goes back.
  if (touched.length === 0 && flags.length > 0) return order(request.spec, [], asker, row.generation);
  if (touched.length === 0)
    throw new Refused(`${row.id} (${row.status}) touched nothing: there is nothing to roll back`);
  const now = await placedNow(store, readFleet, request.spec.fleet, row, touched);
  const targeted = now.members.flatMap((member) => aim(member, goalOf(member)));
  if (targeted.length === 0 && flags.length === 0)
    throw new Refused(`nothing that ${row.id} (${row.status}) touched is in the fleet`, now.notices);
  return { ...order(request.spec, targeted, asker, row.generation), notices: now.notices };
}

/**
 * Brings a service's instances to what they ran when that generation had ended: all that were known then and are in
 * the fleet now, whichever deployment touched them since.
 */
export async function undoTo(
  store: DirectStore,
  readFleet: ReadFleet,
  name: DeploymentName,
  to: number,
  asker: Asker,
): Promise<UndoOrder> {
  const latest = await findDeployment(store, { environment: name.environment, service: name.service });
  await findDeployment(store, { environment: name.environment, service: name.service, generation: to });
  // Repairs bring what was there: a person means the deployment before them.
  const newest = (await store.latestByPeople(name.environment, name.service)) ?? latest;
  const { undone, spec } = await withInstances(store, newest);
  const after = await store.stateAfter(to);
  const { instances, notices } = await fleetNow(store, readFleet, spec.fleet, name, after.keys());
  const recorded = await store.recorded(fleetKey(spec.fleet), [...instances.keys()]);
  const doubtful = await doubtfulIn(store, latest);
  const members = instances.size === 0 ? [] : orderMembers({ ...spec, selection: ALL }, [...instances.values()]);
  const targeted = members.flatMap((member) => {
    const versions = after.get(member.name);
    const now = recorded.get(member.name)?.versions ?? member.versions;
    if (versions === undefined || (sameVersions(versions, now) && !doubtful.has(member.name))) return [];
    return aim(member, { versions, health: HEALTH.HEALTHY });
  });
  if (targeted.length === 0) {
    throw new Refused(
      `every instance of ${name.environment}/${name.service} runs what it ran after generation ${to}, or didn't exist then`,
      notices,
    );
  }
  const goal = `to what ran after generation ${to}`;
  const reason = asker.reason === undefined ? goal : `${asker.reason} (${goal})`;
  return { ...order(spec, targeted, { ...asker, reason }, undone.generation), notices };
}

/** The newest deployment of a service that has instances: of features alone there is nothing that an instance ran. */
async function withInstances(store: DirectStore, newest: DeploymentRow) {
  const { environment, service } = newest;
  const rows = [newest, ...(await store.deployments({ environment, service }))];
  for (const undone of rows) {
    const { spec } = await requestOf(store, undone);
    if (spec.fleet.kind !== 'none') return { undone, spec };
  }
  throw new Refused(`${environment}/${service} has no instances: its deployments only set flags`, [
    `\`belay rollback ${newest.id}\` puts back what the latest has set; \`belay flags\` sets others`,
  ]);
}

/** Brings instances to what a snapshot file says; undefined when all of them, listed and recorded, are there. */
export async function undoToSnapshot(
  store: DirectStore,
  spec: DeploymentSpec,
  members: Member[],
  targets: Map<string, Snapshot>,
  asker: Asker,
): Promise<UndoOrder | undefined> {
  const recorded = await store.recorded(
    fleetKey(spec.fleet),
    members.map((member) => member.name),
  );
  const targeted = members.flatMap((member) => {
    const target = targets.get(member.name);
    const last = recorded.get(member.name) ?? member;
    const there =
      isAt(target, member.versions, member.health ?? HEALTH.HEALTHY) &&
      isAt(target, last.versions, last.health ?? HEALTH.HEALTHY);
    return target === undefined || there ? [] : aim(member, target);
  });
  return targeted.length === 0 ? undefined : order(spec, targeted, asker);
}

function isAt(target: Snapshot | undefined, versions: Versions | undefined, health: Health): boolean {
  return sameVersions(target?.versions, versions) && target?.health === health;
}

async function requestOf(store: DirectStore, row: DeploymentRow): Promise<Request> {
  const request = await store.request(row.requestId);
  if (request === undefined) throw new Error(`the request ${row.requestId} of ${row.id} is not in the database`);
  return request;
}

/** Whether a canary, or an experiment, that has ended may still have a share of the requests. */
async function keepsShare(
  store: DirectStore,
  { generation }: DeploymentRow,
  { strategy, traffic }: DeploymentSpec,
): Promise<boolean> {
  if ((strategy.kind !== 'canary' && strategy.kind !== 'experiment') || !hasRouter(traffic)) return false;
  // The last one of each group that has routers of its own.
  const last = new Map((await store.shifts(generation)).map((shift) => [shift.group, shift]));
  return [...last.values()].some(({ weight, confirmedMs }) => weight > 0 || confirmedMs === undefined);
}

/** Undoing a rollback that is incomplete is doing it again: its goals stay. None: each goes to its snapshot. */
async function goalsOf(
  store: DirectStore,
  { id, kind }: Request,
): Promise<Map<string, Snapshot | undefined> | undefined> {
  if (kind !== 'rollback') return undefined;
  return new Map((await store.requestedMembers(id)).map((member) => [member.name, member.target]));
}

/** What was touched without a good end: nobody knows for sure what that left behind, whatever was last seen. */
async function doubtfulIn(store: DirectStore, { generation }: DeploymentRow): Promise<Set<string>> {
  const attempted = new Set((await store.attempts(generation)).map((attempt) => attempt.name));
  const members = await store.members(generation);
  const ended = ({ changed, restored }: MemberRow) =>
    restored === undefined ? changed?.result === 'good' : restored.result === 'restored';
  return new Set(members.filter((each) => attempted.has(each.name) && !ended(each)).map(({ name }) => name));
}

function aim(member: Member, target: Snapshot | undefined): RequestedMember[] {
  if (target === undefined) return [];
  const { name, address, labels, versions, health } = member;
  const kept = {
    ...(address === undefined ? {} : { address }),
    ...(versions === undefined ? {} : { versions }),
    ...(health === undefined ? {} : { health }),
  };
  return [{ name, labels, ...kept, ordinal: 0, target }];
}

function order(
  spec: DeploymentSpec,
  members: RequestedMember[],
  { actor, reason }: Asker,
  rollbackOf?: number,
): UndoOrder {
  const { groups } = spec;
  // Whoever joined last stands with the others of the group.
  const sorted =
    groups === undefined ? members : members.toSorted((a, b) => groupPlace(groups, a) - groupPlace(groups, b));
  const numbered = sorted.map((member, ordinal) => ({ ...member, ordinal }));
  return {
    request: {
      kind: 'rollback',
      spec: {
        ...spec,
        selection: { only: numbered.map((member) => member.name), exclude: [], first: [] },
        approvals: [],
        force: true,
      },
      actor,
      ...(reason === undefined ? {} : { note: reason }),
      ...(rollbackOf === undefined ? {} : { rollbackOf }),
    },
    members: numbered,
  };
}
