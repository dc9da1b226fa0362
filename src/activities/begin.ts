import { plannedFor } from '../domain/calendar/planned-freeze';
import { fleetKey } from '../domain/fleet';
import { Context } from '@temporalio/activity';
import { DriverRefusal } from '../drivers/target/driver';
import type { Request, RequestedMember } from '../store/types';
import type { TakenSnapshot } from '../store/work-member';
import { answerOf, flagsOf, isTouched } from './answer';
import { claimAll, endPredecessor } from './claim';
import type { Tools } from './dependencies';
import { refuseForbidden, refuseFrozen } from './frozen';
import { isExcluded, lookAt, refuseUnfit, takenOf } from './look';
import { hasFlagsToRestore, refuseFlags } from './flags';
import { refuseUnrunnable } from './hook';
import { logMingled, refuseUnmeasurable } from './measure';
import { isServing, refuseUnroutable, type RoutedBegin } from './routable';
import { Refusal } from './refusal';
import { heartbeating, isAskedToStop } from './running';
import { SEQUENCE } from './sequence';
import { writeSnapshotFile } from './snapshot-file';
import type { Began, BeginInput, Refused } from './types';
import { lines } from './wording';

/**
 * Draws a generation, takes the instances, looks at each, and keeps what it found. Refused, it leaves nothing
 * behind; repeated, it answers the same.
 */
export function begin(tools: Tools, input: BeginInput): Promise<Began | Refused> {
  return heartbeating(async (signal) => {
    const request = await tools.store.request(input.requestId);
    if (request === undefined)
      return new Refusal(`the request ${input.requestId} is not in the database; deploy again`).answer;
    const generation = await tools.store.drawFor(input);
    const before = await tools.store.begun(generation);
    if (before !== undefined) return before as Began;
    try {
      return await birth(tools, input, request, generation, signal);
    } catch (error) {
      if (error instanceof Refusal || isAskedToStop(signal)) await tools.store.abandon(generation);
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  });
}

async function birth(
  tools: Tools,
  input: BeginInput,
  request: Request,
  generation: number,
  signal: AbortSignal,
): Promise<Began> {
  const { spec } = request;
  await refuseFrozen(tools, request);
  await checkDriver(tools, request, generation);
  await refuseUnmeasurable(tools, request, generation, signal);
  await endPredecessor(tools, input, generation, spec);
  await refuseFlags(tools, request, generation);
  await refuseUnrunnable(tools, request);
  const members = await tools.store.requestedMembers(request.id);
  const routed = await refuseUnroutable(tools, request, generation, members, signal);
  await claimAll(tools, generation, fleetKey(spec.fleet), members);
  const taken = await snapshot(tools, request, generation, members, routed, signal);
  // To look at a fleet takes its time, and the snapshot file is only for those that touch something.
  await refuseFrozen(tools, request);
  const snapshotFile = await keepFile(tools, request, generation, members, taken);
  signal.throwIfAborted();
  const startedAt = new Date(tools.now());
  const flagged = await hasFlagsToRestore(tools.store, request);
  const answer = answerOf({
    input,
    request,
    generation,
    members,
    taken,
    waits: spec.windows !== undefined || plannedFor(tools.freezes, spec).length > 0,
    routed,
    flagged,
    startedAt,
    webUi: pageOf(tools, input),
  });
  const { document } = answer;
  const forbidding = await tools.store.createDeployment({
    ...input,
    generation,
    document,
    answer,
    ...(snapshotFile === undefined ? {} : { snapshotFile }),
  });
  refuseForbidden(spec, forbidding);
  await logUnreachable(tools, generation, members, taken);
  await logMingled(tools, request, generation, taken);
  // Two workers at once: the first one's answer stands.
  return (await tools.store.begun(generation)) as Began;
}

async function checkDriver(tools: Tools, request: Request, generation: number): Promise<void> {
  try {
    const release = request.kind === 'rollback' ? undefined : request.spec.release;
    await tools.deployments.keep(generation, request).driver.check(release);
  } catch (error) {
    throw error instanceof DriverRefusal ? new Refusal(error.message) : error;
  }
}

/** What each member ran and how it was: as taken before a crash, else as found now. */
async function snapshot(
  tools: Tools,
  request: Request,
  generation: number,
  members: RequestedMember[],
  routed: RoutedBegin,
  signal: AbortSignal,
): Promise<TakenSnapshot[]> {
  const stored = await tools.store.takenSnapshot(generation);
  if (stored.length > 0) return stored;
  const names = members.map(({ name }) => name);
  const recorded = await tools.store.recorded(fleetKey(request.spec.fleet), names);
  const listed = members.map((instance) => ({ instance, ordinal: instance.ordinal }));
  const deployment = tools.deployments.keep(generation, request);
  const found = await lookAt(deployment, listed, recorded, generation, signal);
  refuseUnfit(request, found);
  const taken = found.map((one) =>
    takenOf(one.instance.ordinal, one, isExcluded(request, one) || isServing(deployment, one.instance, routed)),
  );
  return tools.store.takeSnapshot(generation, taken);
}

/** The snapshot as a file, for a deployment that touches something. */
async function keepFile(
  tools: Tools,
  request: Request,
  generation: number,
  members: RequestedMember[],
  taken: TakenSnapshot[],
): Promise<string | undefined> {
  const { snapshotFile } = request.spec;
  if (snapshotFile === undefined || request.kind === 'rollback' || !flagsOf(request, taken).some(isTouched))
    return undefined;
  const names = new Map(members.map(({ ordinal, name }) => [ordinal, name]));
  const kept = taken.filter(({ excluded }) => !excluded);
  const named = kept.map((one) => ({ name: names.get(one.ordinal) ?? '', snapshot: one.snapshot }));
  await writeSnapshotFile(tools, snapshotFile, generation, named);
  return snapshotFile;
}

/** Each instance that couldn't be reached is named in the log. */
async function logUnreachable(
  tools: Tools,
  generation: number,
  members: RequestedMember[],
  taken: TakenSnapshot[],
): Promise<void> {
  for (const excluded of [true, false]) {
    const ordinals = new Set(
      taken.filter((one) => one.unreachable && one.excluded === excluded).map(({ ordinal }) => ordinal),
    );
    if (ordinals.size === 0) continue;
    const names = members.filter(({ ordinal }) => ordinals.has(ordinal)).map(({ name }) => name);
    const type = excluded ? 'unreachable_excluded' : 'unreachable_included';
    const sequence = excluded ? SEQUENCE.excluded : SEQUENCE.included;
    await tools.store.appendEventOnce({ generation, type, reason: lines(names) }, sequence);
  }
}

function pageOf({ webUi }: Tools, { workflowId, runId }: BeginInput): string | null {
  if (webUi === undefined) return null;
  const namespace = Context.current().info.workflowNamespace ?? 'default';
  return `${webUi.replace(/\/$/, '')}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
}
