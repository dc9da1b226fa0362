import { Client } from '@temporalio/client';
import { Runtime, Worker, type WorkerInterceptors, type WorkflowBundleOption } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createActivities } from './activities';
import { createTargetDriver } from './drivers/target/create';
import { SshConnections } from './drivers/target/ssh/connections';
import { keepHouse } from './housekeeping';
import { createLogger } from './log';
import { serveHost } from './stack/child';
import { fleetReader } from './stack/fleet-reader';
import { connectWorker, type TemporalTarget } from './stack/connection';
import { requireSearchAttributes } from './stack/search-attributes';
import { workflowStatesOf } from './stack/workflow-states';
import { openStore } from './store';

export interface WorkerConfig {
  temporal: TemporalTarget;
  databaseUrl: string;
  taskQueue: string;
  /** Where Temporal's Web UI is, for links. */
  webUi?: string;
}

export interface WorkerExtras {
  /** Tests end the process between two activities with one. */
  interceptors?: WorkerInterceptors;
  /** The worker is connected and about to take work. */
  onReady?: () => void;
  /** Aborted: it takes no more work, lets what it does end, and returns. */
  signal?: AbortSignal;
}

/** 2,000 pending activities wedge a workflow; one deployment has no more than this many. */
const ACTIVITIES = 500;

let installed = false;

/** Runs a worker until it is told to stop: by its signal, or by SIGINT or SIGTERM. */
export async function runWorker(
  config: WorkerConfig,
  { interceptors, onReady, signal }: WorkerExtras = {},
): Promise<void> {
  installRuntime();
  const connection = await connectWorker(config.temporal);
  try {
    const { namespace } = config.temporal;
    await requireSearchAttributes(connection, namespace);
    const store = await openStore(config.databaseUrl, { max: 20 });
    try {
      const client = new Client({ connection, namespace });
      const connections = new SshConnections();
      const worker = await Worker.create({
        connection,
        namespace,
        taskQueue: config.taskQueue,
        ...workflows(),
        activities: createActivities({
          store,
          drivers: (spec, of) =>
            createTargetDriver(spec, of, {
              world: store.simulated,
              agents: store,
              environment: process.env,
              connections,
            }),
          orchestrator: workflowStatesOf(client),
          readFleet: fleetReader(store),
          ...(config.webUi === undefined ? {} : { webUi: config.webUi }),
        }),
        ...(interceptors === undefined ? {} : { interceptors }),
        maxConcurrentActivityTaskExecutions: ACTIVITIES,
        maxCachedWorkflows: 100,
        stickyQueueScheduleToStartTimeout: '1s',
        // An activity hears of its cancellation when it heartbeats.
        maxHeartbeatThrottleInterval: '1s',
        defaultHeartbeatThrottleInterval: '1s',
        // Changes may take minutes and are repeated safely elsewhere: they are cancelled soon.
        shutdownGraceTime: '5s',
        shutdownForceTime: '15s',
      });
      const stop = () => {
        if (worker.getState() === 'RUNNING') worker.shutdown();
      };
      signal?.addEventListener('abort', stop);
      const running = worker.run();
      if (signal?.aborted === true) stop();
      onReady?.();
      const endHousekeeping = keepHouse(store, Runtime.instance().logger);
      try {
        await running;
      } finally {
        endHousekeeping();
        connections.close();
      }
    } finally {
      await store.close();
    }
  } finally {
    await connection.close();
  }
}

function installRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({ logger: createLogger(), telemetryOptions: { logging: { forward: {}, filter: 'WARN' } } });
}

/** The bundle that the build made; without one, the worker makes it out of the sources. */
function workflows(): { workflowBundle: WorkflowBundleOption } | { workflowsPath: string } {
  const codePath = join(__dirname, 'workflow-bundle.js');
  return existsSync(codePath) ? { workflowBundle: { codePath } } : { workflowsPath: require.resolve('./workflows') };
}

/** As a child of a stack's host: told by it what to do, and ended with it. */
export function runAsChild(extras: Omit<WorkerExtras, 'signal' | 'onReady'> = {}): void {
  serveHost<WorkerConfig>((config, told) => runWorker(config, { ...extras, ...told }));
}

if (require.main === module) runAsChild();
