import type { RequestedMember } from '../store/types';
import type { ClaimHolder } from '../store/work-store';
import type { Tools } from './dependencies';
import { Refusal } from './refusal';
import type { BeginInput } from './types';
import { instances } from './wording';

const ORCHESTRATOR_LOST = 'orchestrator lost: its workflow ended, or is gone, without recording an end';
const TRIES = 5;

/**
 * Ends a deployment of this very service that still counts as in flight: its workflow id is this one's, so its
 * workflow runs no more.
 */
export async function endPredecessor(
  tools: Tools,
  input: BeginInput,
  generation: number,
  service: { environment: string; service: string },
) {
  const latest = await tools.store.latest(service.environment, service.service);
  if (latest === undefined || latest.generation === generation || latest.workflowId !== input.workflowId) return;
  if (latest.endedAt === undefined) await tools.store.endLost(latest.generation, ORCHESTRATOR_LOST);
}

/** Takes all instances, or refuses, naming who has one. What a lost deployment has is taken over. */
export async function claimAll(
  tools: Tools,
  generation: number,
  fleet: string,
  members: RequestedMember[],
): Promise<void> {
  const names = members.map(({ name }) => name);
  for (let tries = 0; tries < TRIES; tries++) {
    const conflicts = await tools.store.claim(generation, fleet, names, 'all');
    const [first] = conflicts;
    if (first === undefined) return;
    const holders = new Map(conflicts.map(({ holder }) => [holder.generation, holder]));
    const running = await firstRunning(tools, [...holders.values()]);
    if (running !== undefined) throw heldBy(running, conflicts);
  }
  throw new Error('the instances change hands too fast to be claimed');
}

/** A holder that is alive; the others' deployments are ended. */
export async function firstRunning(tools: Tools, holders: ClaimHolder[]): Promise<ClaimHolder | undefined> {
  for (const holder of holders) {
    if ((await tools.orchestrator.state(holder.workflowId, holder.runId)) === 'running') return holder;
    await tools.store.endLost(holder.generation, ORCHESTRATOR_LOST);
  }
  return undefined;
}

function heldBy(holder: ClaimHolder, conflicts: { name: string; holder: ClaimHolder }[]): Refusal {
  const held = conflicts.filter((one) => one.holder.generation === holder.generation).map(({ name }) => name);
  const others = held.length > 1 ? ` and ${held.length - 1} more` : '';
  return new Refusal(
    `${held[0] ?? instances(0)}${others} of this fleet: being deployed already by ${holder.id}; ` +
      `wait for its end, or end it with \`belay abort ${holder.id}\``,
    holder.id,
  );
}
