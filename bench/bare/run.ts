import type { Client } from '@temporalio/client';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BenchCase } from '../rollout';
import type { bare, BareInput } from './workflow';

const TASK_QUEUE = 'bare';

/**
 * The same instances by a loop that knows neither store nor health, on the same server, in ms: what Temporal costs here.
 * It never continues as new, so its history of 30,000 events for 10,000 instances is more than one should have.
 */
export async function runBare(client: Client, address: string, one: BenchCase): Promise<number> {
  const child = fork(join(__dirname, 'worker.ts'), [address, TASK_QUEUE], { execArgv: ['--import', 'tsx'] });
  try {
    await once(child, 'message');
    const input: BareInput = {
      instances: one.instances,
      latencyMs: one.latencyMs,
      window: one.batchSize ?? one.window ?? 1,
      batches: one.batchSize !== undefined,
    };
    const began = performance.now();
    await client.workflow.execute<typeof bare>('bare', { taskQueue: TASK_QUEUE, workflowId: 'bare', args: [input] });
    return performance.now() - began;
  } finally {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  }
}
