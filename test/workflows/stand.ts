import {
  Client,
  Connection,
  WithStartWorkflowOperation,
  WorkflowFailedError,
  type UpdateDefinition,
  type WorkflowHandle,
} from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Activities } from '../../src/activities/types';
import type { MessageKind, StatusDocument } from '../../src/domain';
import {
  begin,
  signal,
  update,
  workflowIdOf,
  WORKFLOW_TYPE,
  type Accepted,
  type AdjustFields,
  type Begun,
  type DeploymentInput,
} from '../../src/workflows/messages';
import { testTemporalAddress, uniqueTaskQueue, workflowBundle } from '../support/temporal';
import { World, type WorldOptions } from './world';

/** A worker on a queue of its own whose activities are virtual fleets, and a client. */
export class Stand {
  readonly taskQueue = uniqueTaskQueue();
  private readonly worlds: World[] = [];
  private worker: Worker | undefined;
  private running: Promise<void> | undefined;

  private constructor(
    readonly client: Client,
    private readonly native: NativeConnection,
    private readonly close: () => Promise<void>,
  ) {}

  /** On the run's dev server. */
  static async open(): Promise<Stand> {
    quiet();
    const address = testTemporalAddress();
    const connection = await Connection.connect({ address });
    const native = await NativeConnection.connect({ address });
    const stand = new Stand(new Client({ connection }), native, async () => {
      await native.close();
      await connection.close();
    });
    await stand.work();
    return stand;
  }

  /** On a server that somebody else closes, such as a time-skipping one. */
  static async on(client: Client, native: NativeConnection): Promise<Stand> {
    const stand = new Stand(client, native, async () => undefined);
    await stand.work();
    return stand;
  }

  /** Starts a worker. */
  async work(bundle: { code: string } = workflowBundle()): Promise<void> {
    this.worker = await Worker.create({
      connection: this.native,
      taskQueue: this.taskQueue,
      workflowBundle: bundle,
      activities: this.activities(),
      stickyQueueScheduleToStartTimeout: '1s',
      maxCachedWorkflows: 50,
    });
    this.running = this.worker.run();
  }

  /** Ends the worker; what it has in memory of workflows is gone. */
  async rest(): Promise<void> {
    if (this.worker?.getState() === 'RUNNING') this.worker.shutdown();
    await this.running;
  }

  async shut(): Promise<void> {
    await this.rest();
    await this.close();
  }

  /** A fleet that deployments on this stand can be made of. */
  world(options: WorldOptions = {}): World {
    const world = new World(options);
    this.worlds.push(world);
    return world;
  }

  /** Update-with-start, as a person's command does it. */
  async start(world: World, options: { continueAfterEvents?: number } = {}): Promise<Trial> {
    const workflowId = workflowIdOf('test', `service-${world.generation}`);
    const input: DeploymentInput = { requestId: world.requestId, ...options };
    const { taskQueue } = this;
    const operation = new WithStartWorkflowOperation(WORKFLOW_TYPE, {
      workflowId,
      taskQueue,
      args: [input],
      workflowIdConflictPolicy: 'FAIL',
      memo: { actor: 'ada' },
    });
    const begun = await this.client.workflow.executeUpdateWithStart(begin, { startWorkflowOperation: operation });
    return new Trial(world, this.client.workflow.getHandle(workflowId), begun);
  }

  /** Starts it without waiting for anything. */
  async startOnly(world: World, options: { continueAfterEvents?: number } = {}): Promise<Trial> {
    const workflowId = workflowIdOf('test', `service-${world.generation}`);
    const input: DeploymentInput = { requestId: world.requestId, ...options };
    await this.client.workflow.start(WORKFLOW_TYPE, { workflowId, taskQueue: this.taskQueue, args: [input] });
    return new Trial(world, this.client.workflow.getHandle(workflowId), undefined);
  }

  /** The deployment of this fleet, whether it was started yet or not. */
  trial(world: World): Trial {
    const handle = this.client.workflow.getHandle(workflowIdOf('test', `service-${world.generation}`));
    return new Trial(world, handle, undefined);
  }

  private activities(): Activities {
    const byGeneration = ({ generation }: { generation: number }) =>
      this.find((world) => world.generation === generation);
    const byDocument = (input: { document: StatusDocument }) => byGeneration(input.document);
    return {
      begin: (input) => this.find((world) => world.requestId === input.requestId).begin(input),
      names: (input) => byGeneration(input).names(input),
      ordinals: (input) => byGeneration(input).ordinals(input),
      changeInstance: (input) => byGeneration(input).changeInstance(input),
      restoreInstance: (input) => byGeneration(input).restoreInstance(input),
      driveInstances: (input) => byGeneration(input).driveInstances(input),
      patrol: (input) => byGeneration(input).patrol(input),
      takeStock: (input) => byGeneration(input).takeStock(input),
      shiftTraffic: (input) => byGeneration(input).shiftTraffic(input),
      guardTraffic: (input) => byGeneration(input).guardTraffic(input),
      runHook: (input) => byGeneration(input).runHook(input),
      setFlags: (input) => byGeneration(input).setFlags(input),
      readCalendar: (input) => byGeneration(input).readCalendar(input),
      measure: (input) => byGeneration(input).measure(input),
      drawGeneration: (input) => byGeneration(input).drawGeneration(input),
      log: (input) => byGeneration(input).log(input),
      recordProgress: (input) => byDocument(input).recordProgress(input),
      recordEnd: (input) => byDocument(input).recordEnd(input),
    };
  }

  private find(is: (world: World) => boolean): World {
    const world = this.worlds.find(is);
    if (!world) throw new Error('no such fleet on this stand');
    return world;
  }
}

/** One deployment that a test has started. */
export class Trial {
  constructor(
    readonly world: World,
    readonly handle: WorkflowHandle,
    readonly begun: Begun | undefined,
  ) {}

  send(kind: MessageKind, fields: AdjustFields = {}): Promise<Accepted> {
    return this.handle.executeUpdate(update(kind) as UpdateDefinition<Accepted, [AdjustFields]>, { args: [fields] });
  }

  async signal(kind: MessageKind, fields: AdjustFields = {}): Promise<void> {
    await this.handle.signal(signal(kind), fields);
  }

  /** The status document that it closed with, however it closed. */
  async result(): Promise<StatusDocument> {
    return (await this.handle.result()) as StatusDocument;
  }

  /** How it failed. */
  async failure(): Promise<Error> {
    try {
      await this.handle.result();
    } catch (error) {
      if (error instanceof WorkflowFailedError) return error.cause ?? error;
      throw error;
    }
    throw new Error('it did not fail');
  }

  /** The end, whether it completed, failed or was cancelled: as recorded. */
  async ended(): Promise<StatusDocument> {
    await this.handle.result().catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
    });
    if (!this.world.end) throw new Error('no end was recorded');
    return this.world.end;
  }
}

/** Something that a test lets happen when it wants to. */
export class Gate {
  private release: () => void = () => undefined;
  readonly passed = new Promise<void>((resolve) => (this.release = resolve));
  private arrive: () => void = () => undefined;
  /** Somebody waits at it. */
  readonly reached = new Promise<void>((resolve) => (this.arrive = resolve));

  open(): void {
    this.release();
  }

  /** Waits until it is open. */
  wait(): Promise<void> {
    this.arrive();
    return this.passed;
  }
}

let silenced = false;

/** What the SDK has to say about workers is no test's output. Before anything else of the SDK is used. */
export function quiet(): void {
  if (silenced) return;
  silenced = true;
  Runtime.install({ logger: { ...SILENT }, telemetryOptions: { logging: { filter: 'OFF' } } });
}

const nothing = () => undefined;
export const SILENT = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
