import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../../src/activities';
import type { Control, StartOrder } from '../../src/control/control';
import { createControl } from '../../src/control/direct';
import { parseDeploymentName, type DeploymentName } from '../../src/control/name';
import type { PlannedFreeze } from '../../src/domain/calendar/planned-freeze';
import type { DeploymentSpec, Instance, StatusDocument } from '../../src/domain';
import { isTerminal } from '../../src/domain';
import { createArtifactStore } from '../../src/drivers/artifact/create';
import { createHook } from '../../src/drivers/hook/create';
import { createTargetDriver } from '../../src/drivers/target/create';
import { SshConnections } from '../../src/drivers/target/ssh/connections';
import { metricsOn } from '../../src/measuring';
import { fleetReader } from '../../src/stack/fleet-reader';
import { workflowStatesOf } from '../../src/stack/workflow-states';
import { openStore, type Store } from '../../src/store';
import { createTrafficDriver } from '../../src/drivers/traffic/create';
import { quiet } from '../workflows/stand';
import { copyTestDatabase, createTestDatabase, type TestDatabase } from './postgres';
import { testTemporalAddress, uniqueTaskQueue, workflowBundle } from './temporal';

/** What of a worker a test is about. */
interface WorkOptions {
  looksWhenAsked?: boolean;
  /** As its belay.yaml says. */
  freezes?: PlannedFreeze[];
}

/** All of Belay on the run's servers: a database and a task queue of its own, and a worker when asked for. */
export class Belay {
  readonly control: Control;
  readonly artifactPlace = { dir: mkdtempSync(join(tmpdir(), 'belay-artifacts-')), mostBytes: 4 * 1024 ** 2 };
  readonly artifacts = createArtifactStore(this.artifactPlace);
  private readonly connections = new SshConnections();
  private worker: Worker | undefined;
  private running: Promise<void> | undefined;

  private constructor(
    readonly client: Client,
    readonly taskQueue: string,
    readonly store: Store,
    private readonly database: TestDatabase,
    private readonly native: NativeConnection,
    private readonly connection: Connection,
  ) {
    const { artifacts } = this;
    this.control = createControl({ client, taskQueue, store, readFleet: fleetReader(store), artifacts });
  }

  /** What a process needs to be told to find its way here. */
  get environment(): Record<string, string> {
    return {
      TEMPORAL_ADDRESS: testTemporalAddress(),
      DATABASE_URL: this.database.url,
      BELAY_TASK_QUEUE: this.taskQueue,
    };
  }

  /** On a new database, unless one is given. */
  static async open(given?: TestDatabase): Promise<Belay> {
    quiet();
    const address = testTemporalAddress();
    const [database, connection, native] = await Promise.all([
      given ?? createTestDatabase(),
      Connection.connect({ address }),
      NativeConnection.connect({ address }),
    ]);
    const store = await openStore(database.url);
    return new Belay(new Client({ connection }), uniqueTaskQueue(), store, database, native, connection);
  }

  /** All that is in its database now, in another one. */
  backUp(): Promise<TestDatabase> {
    return copyTestDatabase(this.database);
  }

  /** Starts a worker. */
  async work(options: WorkOptions = {}): Promise<void> {
    this.worker = await this.createWorker({ ...options, taskQueue: this.taskQueue });
    this.running = this.worker.run();
  }

  /** Starts one more worker, on a queue of its own, as a region has; answers with how it is ended. */
  async workOn(taskQueue: string, identity: string): Promise<() => Promise<void>> {
    const worker = await this.createWorker({ taskQueue, identity });
    const running = worker.run();
    return async () => {
      worker.shutdown();
      await running;
    };
  }

  private createWorker({
    looksWhenAsked = false,
    freezes = [],
    ...options
  }: WorkOptions & { taskQueue: string; identity?: string }): Promise<Worker> {
    const { store } = this;
    return Worker.create({
      connection: this.native,
      workflowBundle: workflowBundle(),
      activities: createActivities({
        store,
        drivers: (spec, of) =>
          createTargetDriver(spec, of, {
            world: store.simulated,
            agents: store,
            environment: process.env,
            connections: this.connections,
            artifacts: this.artifacts,
          }),
        looksWhenAsked,
        routers: (spec, of) => createTrafficDriver(spec, of, { environment: process.env }),
        metrics: metricsOn(store),
        hooks: (spec) => createHook(spec, process.env),
        orchestrator: workflowStatesOf(this.client),
        readFleet: fleetReader(store),
        freezes,
      }),
      stickyQueueScheduleToStartTimeout: '1s',
      maxHeartbeatThrottleInterval: '500ms',
      ...options,
    });
  }

  /** Ends the worker. */
  async rest(): Promise<void> {
    this.worker?.shutdown();
    await this.running;
    this.worker = undefined;
    this.running = undefined;
  }

  async shut(): Promise<void> {
    if (this.worker !== undefined) await this.rest();
    this.connections.close();
    await this.control.close();
    await this.native.close();
    await this.connection.close();
    await this.database.drop();
    rmSync(this.artifactPlace.dir, { recursive: true, force: true });
  }

  /** Waits until the deployment's status is as wanted, and answers with its document. */
  async until(id: string, wanted: (document: StatusDocument) => boolean): Promise<StatusDocument> {
    for (;;) {
      const { document, recorded } = await this.control.status(parseDeploymentName(id));
      if (wanted(document) && (recorded || !isTerminal(document.status))) return document;
      if (recorded) throw new Error(`${id} ended ${document.status}: ${document.reason}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits for the end, written down. */
  ended(id: string): Promise<StatusDocument> {
    return this.until(id, (document) => isTerminal(document.status));
  }
}

/** A name in an environment of its own: tests share a Temporal server. */
export function uniqueService(): DeploymentName {
  return { environment: `e${process.pid}`, service: `s${Math.random().toString(36).slice(2, 10)}` };
}

/** An order for a simulated fleet in a file of that folder; change of the spec what a test is about. */
export function simulatedOrder(
  folder: string,
  { environment, service }: DeploymentName,
  names: string[],
  spec: Partial<DeploymentSpec> = {},
): StartOrder {
  const file = `${folder}/${service}.json`;
  const listed = names.map((instance_id) => ({ instance_id, code_version: '1.0.0', configuration_version: '1' }));
  writeFileSync(file, JSON.stringify(listed));
  const versions = { codeVersion: '1.0.0', configurationVersion: '1' };
  const instances: Instance[] = names.map((name) => ({ name, labels: {}, versions }));
  return {
    actor: 'ann@here',
    instances,
    spec: {
      service,
      environment,
      release: { codeVersion: '1.1.0', configurationVersion: '2' },
      metadata: {},
      fleet: { kind: 'file', path: file },
      selection: { only: [], exclude: [], first: [] },
      unreachable: 'refuse',
      driver: { kind: 'simulated', latencyMs: 1, failures: {} },
      strategy: {
        kind: 'rolling',
        batching: { kind: 'batches', sizes: [{ kind: 'count', count: 1 }], pauseBetweenMs: 0 },
        bakeMs: 0,
      },
      maxFailures: { kind: 'count', count: 0 },
      failedInstances: 'leave',
      onFailure: 'rollback',
      retry: { maxAttempts: 1, initialIntervalMs: 1, backoff: 1, maxIntervalMs: 1 },
      timeouts: { instanceMs: 60_000, healthMs: 30_000 },
      minHealthyMs: 0,
      healthIntervalMs: 500,
      approvals: [],
      order: { kind: 'name' },
      force: false,
      snapshotFile: `${folder}/${service}.snapshot.json`,
      ...spec,
    },
  };
}
