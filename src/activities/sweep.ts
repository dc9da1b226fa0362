import { HEALTH, type Degradation, type Probe } from '../domain';
import type { GoodMember } from '../store/work-member';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { faultOf, stateOf } from './judge';
import { eachOf, heartbeating, sleep } from './running';
import { targetOf } from './target';
import type { Finding, PatrolInput } from './types';

/** How many instances are looked at at a time. */
export const LOOKS_AT_ONCE = 100;

interface Suspect {
  member: GoodMember;
  probe: Probe;
  fault: string;
}

/** Two looks, the second one only at those that looked bad. */
export async function sweep(tools: Tools, generation: number, signal: AbortSignal): Promise<Degradation[]> {
  const found = await sweepOnce(tools, generation, signal);
  return found.map(({ round: _, ...degradation }) => degradation);
}

/**
 * Sweeps, `health_interval` apart, until one finds something that isn't known. Otherwise one that is ill and stays in the
 * fleet (a failure within the limit; one that returned and waits for its turn) would end every patrol as soon as it began.
 */
export function patrol(tools: Tools, { generation, known = [] }: PatrolInput): Promise<Finding[]> {
  const told = new Map(known.map(({ ordinal, round }) => [ordinal, round]));
  const isNew = ({ ordinal, round }: GoodMember) => round > (told.get(ordinal) ?? -1);
  return heartbeating(async (signal) => {
    const { spec } = (await tools.deployments.of(generation)).request;
    let seen = (await tools.store.looks(generation)).asked;
    for (;;) {
      await sleep(spec.healthIntervalMs, signal);
      if (tools.looksWhenAsked) {
        const { asked } = await tools.store.looks(generation);
        if (asked === seen) continue;
        seen = asked;
      }
      const found = await sweepOnce(tools, generation, signal, isNew);
      if (found.length > 0) return found;
    }
  });
}

async function sweepOnce(
  tools: Tools,
  generation: number,
  signal: AbortSignal,
  wanted: (member: GoodMember) => boolean = () => true,
): Promise<Finding[]> {
  const deployment = await tools.deployments.of(generation);
  const members = (await tools.store.goodMembers(generation)).filter(wanted);
  const first = await suspects(deployment, generation, members, signal);
  if (first.length === 0) return [];
  await sleep(deployment.request.spec.healthIntervalMs, signal);
  const second = await suspects(
    deployment,
    generation,
    first.map(({ member }) => member),
    signal,
  );
  if (second.length === 0) return [];
  // In the meantime somebody may have begun to restore it or changed it again, or it may have left.
  const good = new Map((await tools.store.goodMembers(generation)).map(({ ordinal, round }) => [ordinal, round]));
  const bad = second.filter(({ member }) => good.get(member.ordinal) === member.round);
  await eachOf(bad, LOOKS_AT_ONCE, (suspect) => record(tools, deployment, generation, suspect));
  return bad.map(({ member: { ordinal, name, round, attempts }, fault }) => {
    return { ordinal, name, round, attempts, reason: `was good, then: ${fault}` };
  });
}

async function suspects(
  { request, driver }: Deployment,
  generation: number,
  members: GoodMember[],
  signal: AbortSignal,
): Promise<Suspect[]> {
  const { release } = request.spec;
  const looked = await eachOf(members, LOOKS_AT_ONCE, async (member) => {
    signal.throwIfAborted();
    const probe = await driver.probe(targetOf(member, generation), signal);
    return { member, probe, fault: faultOf(probe, { versions: release, health: HEALTH.HEALTHY }, release) };
  });
  signal.throwIfAborted();
  return looked.filter((one): one is Suspect => one.fault !== undefined);
}

async function record(
  tools: Tools,
  { request }: Deployment,
  generation: number,
  { member, probe }: Suspect,
): Promise<void> {
  const { fleet, release } = request.spec;
  const state = stateOf(probe, release);
  await tools.store.recordState(generation, member.ordinal, state);
  tools.fleetFiles.note(generation, fleet, member.name);
}
