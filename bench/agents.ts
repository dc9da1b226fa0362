import { createHash } from 'node:crypto';
import { HEALTH, isTerminal, type StatusDocument, type Versions } from '../src/domain';
import type { Store } from '../src/store';
import { orderOf } from './rollout';
import type { BenchStack } from './stack';

/** A rollout over instances that report by themselves. */
export interface AgentCase {
  name: string;
  instances: number;
  window: number;
  heartbeatMs: number;
}

interface Agent {
  name: string;
  secretHash: Buffer;
  versions: Versions;
  generation: number;
  due: number;
}

const TURN_MS = 10;
const LABELS = { fleet: 'bench' };

/**
 * The critical path, in ms: an instance hears at its next heartbeat what to run, half an interval later on average, does
 * it, and reports it with the one after that.
 */
export function idealAgentsMs({ instances, window, heartbeatMs }: AgentCase): number {
  return Math.ceil(instances / window) * 1.5 * heartbeatMs;
}

/** Has agents beat, each at moments of its own, while they are deployed to. */
export async function runAgents(
  { control, store, folder }: BenchStack,
  one: AgentCase,
): Promise<{ wallMs: number; document: StatusDocument }> {
  const agents = await register(store, one);
  let over = false;
  const beating = (async () => {
    while (!over) await Promise.all([beat(store, agents, one.heartbeatMs), pause(TURN_MS)]);
  })();
  const { spec } = await orderOf(folder, { name: one.name, instances: 1, latencyMs: 0, window: one.window });
  const { snapshotFile: _, ...rest } = spec;
  const order = { ...rest, driver: { kind: 'agent' as const }, fleet: { kind: 'inventory' as const, labels: LABELS } };
  await pause(one.heartbeatMs);
  const began = performance.now();
  const { id } = await control.start({ spec: order, instances: await store.matching(LABELS), actor: 'bench' });
  const [environment = '', service = ''] = id.split('/');
  for (;;) {
    const { document, recorded } = await control.status({ environment, service });
    if (recorded && isTerminal(document.status)) {
      over = true;
      await beating;
      return { wallMs: performance.now() - began, document };
    }
    await pause(100);
  }
}

async function register(store: Store, { instances, heartbeatMs }: AgentCase): Promise<Agent[]> {
  const now = performance.now();
  const versions = { codeVersion: '1.0.0', configurationVersion: '1' };
  const agents: Agent[] = [];
  for (let index = 0; index < instances; index++) {
    const name = `i-${String(index).padStart(5, '0')}`;
    const secretHash = createHash('sha256').update(name).digest();
    await store.register({ name, ip: '127.0.0.1', labels: LABELS, secretHash, unknownAfterMs: 10 * heartbeatMs });
    agents.push({ name, secretHash, versions, generation: 0, due: now + (index * heartbeatMs) / instances });
  }
  return agents;
}

/** Those whose time has come, in one statement. */
async function beat(store: Store, agents: Agent[], heartbeatMs: number): Promise<void> {
  const now = performance.now();
  const due = agents.filter((agent) => agent.due <= now);
  if (due.length === 0) return;
  for (const agent of due) while (agent.due <= now) agent.due += heartbeatMs;
  const answers = await store.hear(due.map(({ due: _, ...agent }) => ({ ...agent, health: HEALTH.HEALTHY })));
  for (const [index, agent] of due.entries()) {
    const answer = answers[index];
    if (answer?.kind !== 'heard' || answer.desired === undefined) continue;
    if (answer.desired.generation <= agent.generation) continue;
    Object.assign(agent, { versions: answer.desired.versions, generation: answer.desired.generation });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
