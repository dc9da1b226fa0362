import { createHash } from 'node:crypto';
import { HEALTH, isTerminal } from '../src/domain';
import { orderOf } from './rollout';
import type { BenchStack } from './stack';

const INSTANCES = 10_000;
const LABELS = { fleet: 'sweep' };
const VERSIONS = { codeVersion: '1.1.0', configurationVersion: '2' };
const SWEEPS = 5;
const AT_ONCE = 500;

/** How long one look of the reconciliation takes over instances that all run what they should, in ms: the median of some. */
export async function toSweep({ control, store, folder }: BenchStack): Promise<number> {
  const agents = Array.from({ length: INSTANCES }, (_, index) => {
    const name = `i-${String(index).padStart(5, '0')}`;
    return { name, secretHash: createHash('sha256').update(name).digest() };
  });
  for (const agent of agents) {
    await store.register({ ...agent, ip: '127.0.0.1', labels: LABELS, unknownAfterMs: 3_600_000 });
  }
  for (let from = 0; from < agents.length; from += AT_ONCE) {
    const beats = agents.slice(from, from + AT_ONCE);
    await store.hear(beats.map((agent) => ({ ...agent, versions: VERSIONS, generation: 0, health: HEALTH.HEALTHY })));
  }
  const { spec } = await orderOf(folder, { name: 'sweep', instances: 1, latencyMs: 0, window: 100 });
  const { snapshotFile: _, ...rest } = spec;
  const { codeVersion, configurationVersion } = VERSIONS;
  const order = {
    ...rest,
    release: { codeVersion, configurationVersion },
    driver: { kind: 'agent' as const },
    fleet: { kind: 'inventory' as const, labels: LABELS },
  };
  const { id } = await control.start({ spec: order, instances: await store.matching(LABELS), actor: 'bench' });
  const [environment = '', service = ''] = id.split('/');
  for (;;) {
    const { document, recorded } = await control.status({ environment, service });
    if (recorded && isTerminal(document.status)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const took: number[] = [];
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const began = performance.now();
    const begun = await control.sweep();
    took.push(performance.now() - began);
    if (begun.length > 0) throw new Error('there was something to repair');
  }
  return took.sort((a, b) => a - b)[Math.floor(SWEEPS / 2)]!;
}
