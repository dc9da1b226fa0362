import { HEALTH, type Degradation, type Probe } from '../domain';
import type { WorkMember } from '../store/work';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { faultOf, stateOf } from './judge';
import { eachOf, heartbeating, sleep } from './running';
import { targetOf } from './target';

/** How many instances are looked at at a time. */
export const LOOKS_AT_ONCE = 100;

interface Suspect {
  member: WorkMember;
  probe: Probe;
  fault: string;
}

/** Two looks, the second one only at those that looked bad. */
export function sweep(tools: Tools, { generation }: { generation: number }): Promise<Degradation[]> {
  return heartbeating((signal) => sweepOnce(tools, generation, signal));
}

/** Sweeps, `health_interval` apart, until one finds something. */
export function patrol(tools: Tools, { generation }: { generation: number }): Promise<Degradation[]> {
  return heartbeating(async (signal) => {
    const { spec } = (await tools.deployments.of(generation)).request;
    for (;;) {
      await sleep(spec.healthIntervalMs, signal);
      const found = await sweepOnce(tools, generation, signal);
      if (found.length > 0) return found;
    }
  });
}

async function sweepOnce(tools: Tools, generation: number, signal: AbortSignal): Promise<Degradation[]> {
  const deployment = await tools.deployments.of(generation);
  const first = await suspects(deployment, generation, await tools.store.goodMembers(generation), signal);
  if (first.length === 0) return [];
  await sleep(deployment.request.spec.healthIntervalMs, signal);
  const second = await suspects(
    deployment,
    generation,
    first.map(({ member }) => member),
    signal,
  );
  if (second.length === 0) return [];
  // In the meantime somebody may have begun to restore it, or it may have left.
  const good = new Set((await tools.store.goodMembers(generation)).map(({ ordinal }) => ordinal));
  const bad = second.filter(({ member }) => good.has(member.ordinal));
  await eachOf(bad, LOOKS_AT_ONCE, (suspect) => record(tools, deployment, generation, suspect));
  return bad.map(({ member: { ordinal, name }, fault }) => ({ ordinal, name, reason: `was good, then: ${fault}` }));
}

async function suspects(
  { request, driver }: Deployment,
  generation: number,
  members: WorkMember[],
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
  tools.fleetFiles.note(generation, fleet.path, member.name);
}
