import { Client } from '@temporalio/client';
import { Runtime, Worker, type WorkerInterceptors, type WorkflowBundleOption } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createActivities } from './activities';
import { Unreachable } from './control/errors';
import type { Address } from './domain/address';
import type { PlannedFreeze } from './domain/calendar/planned-freeze';
import type { NotificationTarget } from './domain/notification/target';
import { createArtifactStore, type ArtifactPlace } from './drivers/artifact/create';
import { createHook } from './drivers/hook/create';
import { metricsOn } from './measuring';
import { createTargetDriver } from './drivers/target/create';
import { createTrafficDriver } from './drivers/traffic/create';
import { SshConnections } from './drivers/target/ssh/connections';
import { keepHouse } from './housekeeping';
import { createLogger } from './log';
import { listenAt, type Listener } from './metrics/listener';
import { WorkerMetrics } from './metrics/worker';
import { keepNotified } from './notifier';
import { keepReconciled } from './reconciler';
import { serveHost } from './stack/child';
import { artifactPlace } from './stack/artifact-place';
import { fleetReader } from './stack/fleet-reader';
import { connectWorker, type TemporalTarget } from './stack/connection';
import { freePort } from './stack/ports';
import { requireSearchAttributes } from './stack/search-attributes';
import { workflowStatesOf } from './stack/workflow-states';
import { openStore, type ReconcileSettings } from './store';
import { KEPT } from './schemas/server';
import type { Retention } from './store/retention';

export interface WorkerConfig {
  temporal: TemporalTarget;
  databaseUrl: string;
  taskQueue: string;
  /** Where Temporal's Web UI is, for links. */
  webUi?: string;
  /** How long what is kept; without a word, as without a belay.yaml. */
  retention?: Retention;
  /** Where it tells Prometheus what it does; nowhere when absent. */
  metrics?: Address;
  /** What is done outside of deployments; absent: newcomers are brought, drift is reported. */
  reconcile?: ReconcileSettings;
  /** Whom it tells what happens; nobody when absent. Addresses and secrets are in its environment. */
  notifications?: NotificationTarget[];
  /** When deployments wait; never when absent. */
  freezes?: PlannedFreeze[];
  /** Absent: in the state folder. */
  artifacts?: ArtifactPlace;
}

export interface WorkerExtras {
  /** Tests end the process between two activities with one. */
  interceptors?: WorkerInterceptors;
  /** The worker is connected and about to take work. */
  onReady?: (metricsUrl?: string) => void;
  /** Aborted: it takes no more work, lets what it does end, and returns. */
  signal?: AbortSignal;
}

/** 2,000 pending activities wedge a workflow; one deployment has no more than this many. */
const ACTIVITIES = 500;
const RECONCILE: ReconcileSettings = { mode: 'report', intervalMs: 30_000 };

let installed: { sdkMetrics?: string } | undefined;

/** Runs a worker until it is told to stop: by its signal, or by SIGINT or SIGTERM. */
export async function runWorker(
  config: WorkerConfig,
  { interceptors, onReady, signal }: WorkerExtras = {},
): Promise<void> {
  const { sdkMetrics } = await installRuntime(config.metrics !== undefined);
  const connection = await connectWorker(config.temporal);
  try {
    const { namespace } = config.temporal;
    await requireSearchAttributes(connection, namespace);
    const store = await openStore(config.databaseUrl, { max: 20 });
    const metrics = new WorkerMetrics(sdkMetrics);
    let listener: Listener | undefined;
    try {
      if (config.metrics !== undefined) listener = await listenForMetrics(config.metrics, metrics);
      const client = new Client({ connection, namespace });
      const connections = new SshConnections();
      const artifacts = createArtifactStore(config.artifacts ?? artifactPlace());
      const worker = await Worker.create({
        connection,
        namespace,
        taskQueue: config.taskQueue,
        ...workflows(),
        activities: createActivities({
          store: metrics.counting(store),
          drivers: (spec, of) =>
            createTargetDriver(spec, of, {
              world: store.simulated,
              agents: store,
              environment: process.env,
              connections,
              artifacts,
            }),
          looksWhenAsked: config.reconcile?.intervalMs === 0,
          routers: (spec, of) => createTrafficDriver(spec, of, { environment: process.env }),
          metrics: metricsOn(store),
          hooks: (spec) => createHook(spec, process.env),
          orchestrator: workflowStatesOf(client),
          readFleet: fleetReader(store),
          ...(config.freezes === undefined ? {} : { freezes: config.freezes }),
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
      onReady?.(listener?.url);
      const { logger } = Runtime.instance();
      const { taskQueue, reconcile = RECONCILE } = config;
      const endHousekeeping = keepHouse(store, config.retention ?? KEPT, logger);
      const endReconciling = keepReconciled({ client, taskQueue, store }, reconcile, logger);
      const endNotifying = keepNotified(store, config.notifications ?? [], logger);
      try {
        await running;
      } finally {
        endHousekeeping();
        endReconciling();
        await endNotifying();
        connections.close();
      }
    } finally {
      await listener?.close();
      await store.close();
    }
  } finally {
    await connection.close();
  }
}

/** Once per process. The SDK serves its own metrics from a port of its own, which only this process is to ask. */
async function installRuntime(isMeasured: boolean): Promise<{ sdkMetrics?: string }> {
  if (installed !== undefined) return installed;
  const bindAddress = isMeasured ? `127.0.0.1:${await freePort()}` : undefined;
  installed = bindAddress === undefined ? {} : { sdkMetrics: `http://${bindAddress}/metrics` };
  Runtime.install({
    logger: createLogger(),
    telemetryOptions: {
      logging: { forward: {}, filter: 'WARN' },
      ...(bindAddress === undefined ? {} : { metrics: { prometheus: { bindAddress, ...SDK_NAMES } } }),
    },
  });
  return installed;
}

/** As Prometheus wants names to be. */
const SDK_NAMES = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };

async function listenForMetrics(at: Address, metrics: WorkerMetrics): Promise<Listener> {
  try {
    return await listenAt(at, () => metrics.text());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'something else listens there' : message;
    throw new Unreachable(`The metrics can't be served at ${at.host}:${at.port}: ${why}`, [
      'give another --metrics-address, or another metrics.worker in belay.yaml',
    ]);
  }
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
