import type { Connection } from '@temporalio/client';
import { Unreachable } from '../control/errors';
import { configuredTemporal, connectClient, localTemporal, type TemporalTarget } from './connection';
import type { Check } from './doctor';
import type { Endpoints } from './endpoints';
import { missingSearchAttributes } from './search-attributes';
import { taskQueueOf } from './task-queue';

/** Temporal's number for the kind of task queue that activities wait in. */
const ACTIVITIES = 2;
/** A worker that is there polls at least once a minute. */
const POLLED_MS = 70_000;

/** Whether Temporal can be reached, knows Belay's search attributes, and a worker polls. */
export async function temporalChecks(running: Endpoints | undefined, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const name = 'Temporal';
  let connection: Connection | undefined;
  try {
    const target = targetOf(running, env);
    if (target === undefined) {
      const remedy = '`belay dev` or a deployment starts one; or set TEMPORAL_ADDRESS to yours';
      return [{ name, state: 'warning', detail: 'none runs, none is configured', remedy }];
    }
    ({ connection } = await connectClient(target));
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    const place = `${target.options.address}, namespace "${target.namespace}", from ${target.source}`;
    return [
      { name, state: 'ok', detail: `server ${serverVersion ?? '?'} at ${place}` },
      await attributesCheck(connection, target),
      await workerCheck(connection, target, running?.task_queue ?? taskQueueOf(env)),
    ];
  } catch (error) {
    // This is the doctor: being sent there helps nobody.
    const check = error instanceof Unreachable ? error.check.filter((each) => !each.includes('belay doctor')) : [];
    const remedy = check.length > 0 ? check.join(' · ') : 'see the message';
    return [{ name, state: 'failed', detail: (error as Error).message, remedy }];
  } finally {
    await connection?.close();
  }
}

function targetOf(running: Endpoints | undefined, env: NodeJS.ProcessEnv): TemporalTarget | undefined {
  return configuredTemporal(env) ?? (running && localTemporal(running.temporal, running.namespace));
}

async function attributesCheck(connection: Connection, { namespace }: TemporalTarget): Promise<Check> {
  const name = 'search attributes';
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return { name, state: 'ok', detail: 'registered' };
  return { name, state: 'failed', detail: `missing: ${missing.join(', ')}`, remedy: '`belay setup` registers them' };
}

async function workerCheck(connection: Connection, { namespace }: TemporalTarget, queue: string): Promise<Check> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType: ACTIVITIES,
  });
  const since = Date.now() - POLLED_MS;
  const names = (pollers ?? [])
    .filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > since)
    .map(({ identity }) => identity);
  if (names.length > 0) return { name: 'worker', state: 'ok', detail: `${names.join(', ')} on task queue "${queue}"` };
  return {
    name: 'worker',
    state: 'failed',
    detail: `nobody polls the task queue "${queue}": deployments wait`,
    remedy: 'start one: `belay worker` (or `belay dev`); is BELAY_TASK_QUEUE the same everywhere?',
  };
}
