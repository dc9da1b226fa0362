import { fleetKey } from '../domain/fleet';
import { dispositionOf, excludedNames } from '../domain/plan';
import type { FleetSource, Instance } from '../domain';
import type { Joiner } from '../domain/rollout';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { fileFault } from './files';
import { lookAt, takenOf, type Found } from './look';
import { isServing } from './routable';
import { SEQUENCE } from './sequence';
import { addToSnapshotFile } from './snapshot-file';
import type { Began, MembershipRead } from './types';
import { lines } from './wording';

interface Question {
  generation: number;
  /** The next ordinal. */
  total: number;
  /** Counts the reads. */
  read: number;
}

type Presence = Awaited<ReturnType<Tools['store']['memberPresence']>>[number];

/** What differs from when it was last read. */
interface Difference {
  fresh: Instance[];
  /** Had left, and are listed again. */
  back: { instance: Instance; member: Presence }[];
  left: number[];
}

/** Who joined the fleet and who left it, since it was last read. */
export async function readMembership(tools: Tools, question: Question): Promise<MembershipRead> {
  const { generation, read } = question;
  const before = await tools.store.membershipRead(generation, read);
  if (before !== undefined) return before;
  const deployment = await tools.deployments.of(generation);
  const { spec } = deployment.request;
  const listed = await list(tools, question, spec.fleet);
  if (listed === undefined) return tools.store.recordMembership(generation, read, [], { joined: [], left: [] });
  const members = await tools.store.memberPresence(generation);
  const names = new Set(listed.map(({ name }) => name));
  const left = members.filter((member) => !member.left && !names.has(member.name)).map(({ ordinal }) => ordinal);
  const known = new Map(members.map((member) => [member.name, member]));
  const excluded = new Set(excludedNames(spec, listed));
  const fresh = listed.filter(({ name }) => !known.has(name) && !excluded.has(name));
  const back = listed.flatMap((instance) => {
    const member = known.get(instance.name);
    return member?.left === true ? [{ instance, member }] : [];
  });
  return take(tools, deployment, question, { fresh, back, left });
}

/** The fleet as listed now; undefined when it can't be told: then it stays as it was. */
async function list(tools: Tools, { generation, read }: Question, fleet: FleetSource): Promise<Instance[] | undefined> {
  try {
    return await tools.readFleet(fleet);
  } catch (error) {
    const why = fileFault(error) ?? (error instanceof Error ? error.message : String(error));
    const reason = `the fleet stays as it was: ${why}`;
    await tools.store.appendEventOnce({ generation, type: 'membership_unreadable', reason }, sequence(read, 0));
    return undefined;
  }
}

/** Takes in newcomers and those that returned; whoever can't be reached, or belongs to somebody else, is only listed. */
async function take(
  tools: Tools,
  deployment: Deployment,
  { generation, total, read }: Question,
  { fresh, back, left }: Difference,
): Promise<MembershipRead> {
  const { spec } = deployment.request;
  const begun = await tools.deployments.begun(generation);
  const numbered = [
    ...fresh.map((instance, index) => ({ instance, ordinal: total + index })),
    ...back.map(({ instance, member }) => ({ instance, ordinal: member.ordinal })),
  ];
  const names = numbered.map(({ instance }) => instance.name);
  const held = names.length === 0 ? [] : await tools.store.claim(generation, fleetKey(spec.fleet), names, 'free');
  const recorded = await tools.store.recorded(fleetKey(spec.fleet), names);
  const found = await lookAt(deployment, numbered, recorded, generation, new AbortController().signal);
  const claimed = new Map(held.map(({ name, holder }) => [name, holder.id]));
  const newcomers = found.slice(0, fresh.length).map((one, index) => {
    const joiner: Joiner = { ordinal: total + index, state: stateOf(deployment, one, claimed, begun) };
    return { instance: one.instance, joiner, taken: takenOf(joiner.ordinal, one, joiner.state === 'unreachable') };
  });
  const returned = found.slice(fresh.length).flatMap((one, index): Joiner[] => {
    const member = back[index]?.member;
    if (member === undefined) return [];
    // It was out of reach when its snapshot was taken: there is nothing to go back to, so it stays left out.
    const state = member.excluded ? 'unreachable' : stateOf(deployment, one, claimed, begun);
    return [{ ordinal: member.ordinal, state }];
  });
  const joined = newcomers.map(({ joiner }) => joiner);
  const answer: MembershipRead = { joined, left, ...(returned.length > 0 && { returned }) };
  const outOfReach = new Set([...joined, ...returned].filter(isUnreachable).map(({ ordinal }) => ordinal));
  const before = new Map(back.map(({ member }) => [member.name, member]));
  const listed = numbered.filter(({ ordinal }) => outOfReach.has(ordinal));
  await log(
    tools,
    { generation, read },
    listed.map(({ instance: { name } }) => `${name}: ${whyOnlyListed(name, claimed, before.get(name))}`),
  );
  const stored = await tools.store.recordMembership(generation, read, newcomers, answer);
  const kept = newcomers.filter(({ taken }) => !taken.excluded);
  await addToSnapshotFile(
    tools,
    spec.snapshotFile,
    generation,
    kept.map(({ instance, taken }) => ({ name: instance.name, snapshot: taken.snapshot })),
  ).catch((error: unknown) => {
    // The database has it, too.
    if (fileFault(error) === undefined && !(error instanceof SyntaxError)) throw error;
  });
  return stored;
}

function stateOf(
  deployment: Deployment,
  { instance, current }: Found,
  claimed: Map<string, string>,
  begun: Began,
): Joiner['state'] {
  if (isServing(deployment, instance, begun)) return 'unreachable';
  if (claimed.has(instance.name) || current.unreachable !== undefined) return 'unreachable';
  return dispositionOf(deployment.request.spec, current) === 'unchanged' ? 'unchanged' : 'pending';
}

function isUnreachable({ state }: Joiner): boolean {
  return state === 'unreachable';
}

function whyOnlyListed(name: string, claimed: Map<string, string>, before: Presence | undefined): string {
  const holder = claimed.get(name);
  const came = before === undefined ? 'joined' : 'returned';
  if (holder !== undefined) return `it ${came}, and ${holder} has it`;
  return before?.excluded === true ? 'it returned, and was left out before' : `it ${came}, and can’t be reached`;
}

async function log(
  tools: Tools,
  { generation, read }: { generation: number; read: number },
  listed: string[],
): Promise<void> {
  if (listed.length === 0) return;
  const event = { generation, type: 'joiners_only_listed', reason: lines(listed) };
  await tools.store.appendEventOnce(event, sequence(read, 1));
}

function sequence(read: number, which: 0 | 1): number {
  return SEQUENCE.membership - 2 * read - which;
}
