import { condition, proxyActivities } from '@temporalio/workflow';
import type { wait } from './activity';

const activities = proxyActivities<{ wait: typeof wait }>({ startToCloseTimeout: '1 minute', heartbeatTimeout: '15s' });

export interface BareInput {
  instances: number;
  latencyMs: number;
  window: number;
  /** Whether all of a window must be done before the next is begun. */
  batches: boolean;
}

/** What any deployer on Temporal has to do at the least: an activity per instance, so many at a time, nothing else. */
export async function bare({ instances, latencyMs, window, batches }: BareInput): Promise<void> {
  let inFlight = 0;
  const free = () => (batches ? inFlight === 0 : inFlight < window);
  for (let begun = 0; begun < instances;) {
    await condition(free);
    const room = Math.min(instances - begun, window - inFlight);
    for (let index = 0; index < room; index++, begun++) {
      inFlight++;
      void activities.wait(latencyMs).finally(() => inFlight--);
    }
  }
  await condition(() => inFlight === 0);
}
