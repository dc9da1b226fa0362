import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTerminal, type Instance, type StatusDocument } from '../src/domain';
import type { Control } from '../src/control/control';
import { specOfFiles } from '../src/schemas';

/** A rollout to measure: a simulated fleet, and how long it must take at the least. */
export interface BenchCase {
  name: string;
  instances: number;
  latencyMs: number;
  batchSize?: number;
  window?: number;
}

/** The critical path, in ms: what a deployer that costs nothing would take. */
export function idealMs({ instances, latencyMs, batchSize, window }: BenchCase): number {
  return Math.ceil(instances / (batchSize ?? window ?? 1)) * latencyMs;
}

export interface FleetFiles {
  service: string;
  instances: string;
  desired: string;
}

/** Writes the two files of a fleet that runs 1.0.0 and is to run 1.1.0. */
export function writeFleet(folder: string, name: string, count: number): FleetFiles {
  const list = Array.from({ length: count }, (_, index) => ({
    instance_id: `i-${String(index).padStart(5, '0')}`,
    code_version: '1.0.0',
    configuration_version: '1',
  }));
  const service = name.replaceAll(/[^a-z0-9]+/g, '-');
  const files = { service, instances: join(folder, `${service}.json`), desired: join(folder, 'desired.json') };
  writeFileSync(files.instances, JSON.stringify(list));
  writeFileSync(files.desired, JSON.stringify({ code_version: '1.1.0', configuration_version: '2' }));
  return files;
}

/** Starts the rollout and waits for its end; answers with its status document and the time from start to end in ms. */
export async function runCase(
  control: Control,
  folder: string,
  one: BenchCase,
): Promise<{ wallMs: number; document: StatusDocument }> {
  const order = await orderOf(folder, one);
  const began = performance.now();
  await control.start({ ...order, actor: 'bench' });
  const document = await ended(control, order.spec.service);
  return { wallMs: performance.now() - began, document };
}

export async function orderOf(folder: string, one: BenchCase) {
  const files = writeFleet(folder, one.name, one.instances);
  const options = {
    service: files.service,
    ...(one.batchSize === undefined ? {} : { batchSize: String(one.batchSize) }),
    ...(one.window === undefined ? {} : { window: String(one.window) }),
  };
  const order: { spec: Awaited<ReturnType<typeof specOfFiles>>['spec']; instances: Instance[] } = await specOfFiles(
    { instances: files.instances, desired: files.desired, options },
    { directory: folder },
  );
  if (order.spec.driver.kind === 'simulated') order.spec.driver.latencyMs = one.latencyMs;
  return order;
}

async function ended(control: Control, service: string): Promise<StatusDocument> {
  for (;;) {
    const { document, recorded } = await control.status({ environment: 'local', service });
    if (recorded && isTerminal(document.status)) return document;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
