import { Client, Connection } from '@temporalio/client';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Control, Started } from '../../src/control/control';
import { createControl } from '../../src/control/direct';
import { parseDeploymentName } from '../../src/control/name';
import type { StatusDocument } from '../../src/domain';
import { readDeploymentFile } from '../../src/schemas';
import { localTemporal } from '../../src/stack/connection';
import { supervise, type Supervisor } from '../../src/stack/supervisor';
import { startPart, type PartProcess } from '../../src/stack/part-process';
import { fleetReader } from '../../src/stack/fleet-reader';
import { openStore, type Store } from '../../src/store';
import type { WorkerConfig } from '../../src/worker';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { testTemporalAddress, uniqueTaskQueue } from '../support/temporal';
import { processesOf } from './processes';
import { until } from './until';

const WORKER = join(__dirname, 'crashing-worker.cjs');

/** What befalls a worker: see crashing-worker.cjs. */
export interface WorkerAccident {
  signal: 'SIGKILL' | 'SIGSTOP';
  /** `tells`, `asks`: before the activity says something to a router, or to the database. */
  when: 'before' | 'after' | 'spawn' | 'tells' | 'asks';
  activity?: string;
  ordinal?: number;
  /** What the act that it was given is like. */
  act?: Partial<Record<'kind' | 'weight' | 'hook', string | number>>;
  /** A pattern of what is said. */
  says?: string;
  nth?: number;
  instance?: string;
}

/** The run's servers, a database of its own, and room for many services, each with workers of its own. */
export class Stand {
  private constructor(
    readonly folder: string,
    readonly client: Client,
    readonly store: Store,
    private readonly database: TestDatabase,
    private readonly connection: Connection,
  ) {}

  static async open(): Promise<Stand> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-kill-')));
    const [database, connection] = await Promise.all([
      createTestDatabase(),
      Connection.connect({ address: testTemporalAddress() }),
    ]);
    const store = await openStore(database.url, { max: 10 });
    return new Stand(folder, new Client({ connection }), store, database, connection);
  }

  /** A task queue of its own, and whoever deploys there. */
  workplace(): Workplace {
    return new Workplace(this, this.database.url);
  }

  /** Once nobody works here any more. */
  async shut(): Promise<void> {
    await this.store.close();
    await this.connection.close();
    await this.database.drop();
    const left = processesOf(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
    expect(left).toEqual([]);
  }
}

/** A task queue with its workers. */
export class Workplace {
  readonly taskQueue = uniqueTaskQueue();
  readonly control: Control;
  /** Why workers ended. */
  readonly ends: string[] = [];
  private readonly accident = join(tmpdir(), `${this.taskQueue}.accident`);
  private readonly started: Promise<PartProcess>[] = [];
  private supervisor: Supervisor | undefined;
  private worker: PartProcess | undefined;

  constructor(
    private readonly stand: Stand,
    private readonly databaseUrl: string,
  ) {
    this.control = createControl({
      client: stand.client,
      taskQueue: this.taskQueue,
      store: stand.store,
      readFleet: fleetReader(stand.store),
      artifacts: { find: async () => undefined },
    });
  }

  /** Prepares an accident of the next worker that comes along; none any more, without. */
  prepare(accident?: WorkerAccident): void {
    if (accident === undefined) rmSync(this.accident, { force: true });
    else writeFileSync(this.accident, JSON.stringify(accident));
  }

  get accidentHappened(): boolean {
    return !existsSync(this.accident);
  }

  /** The activity that it befell has ended after all. */
  get accidentOver(): boolean {
    return existsSync(`${this.accident}.over`);
  }

  /** Has a worker, and the next one whenever it dies; one of them is there when this is done. */
  async work(): Promise<void> {
    const next = () => this.startWorker();
    this.supervisor ??= supervise('the worker', await next(), next, (text) => this.ends.push(text));
    await until('a worker', 60_000, () => this.worker !== undefined);
  }

  /** For a command line of its own process. */
  get environment(): Record<string, string> {
    return {
      TEMPORAL_ADDRESS: testTemporalAddress(),
      DATABASE_URL: this.databaseUrl,
      BELAY_TASK_QUEUE: this.taskQueue,
      BELAY_STATE_DIR: join(this.stand.folder, 'state'),
    };
  }

  /** Starts one worker. */
  async startWorker(address = testTemporalAddress()): Promise<PartProcess> {
    const temporal = localTemporal(address, 'default');
    const config: WorkerConfig = { temporal, databaseUrl: this.databaseUrl, taskQueue: this.taskQueue };
    const starting = startPart(this.stand.folder, { kind: 'worker', config, script: WORKER });
    this.started.push(starting);
    const worker = await starting;
    this.worker = worker;
    void worker.ended.then(() => {
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }

  async deploy(file: string): Promise<Started> {
    const spec = await readDeploymentFile(file);
    const instances = await fleetReader(this.stand.store)(spec.fleet);
    return this.control.start({ spec, instances, actor: 'the kill tests' });
  }

  /** Rolls back a deployment that has ended, with one of its own. */
  async undo({ id }: Pick<Started, 'id'>): Promise<Started> {
    const answer = await this.control.rollback(parseDeploymentName(id), { actor: 'the kill tests' });
    if (answer.kind !== 'started') throw new Error(`the rollback of ${id} is no deployment of its own: ${answer.kind}`);
    return answer.started;
  }

  /** Waits until the end of a deployment is recorded, and its workflow closed. */
  ended({ id, generation }: Pick<Started, 'id' | 'generation'>, ms = 120_000): Promise<StatusDocument> {
    return until(`the end of ${id}`, ms, async () => {
      const row = await this.stand.store.deployment(generation);
      if (row?.endedAt === undefined) return undefined;
      const { status } = await this.stand.client.workflow.getHandle(row.workflowId).describe();
      return status.name !== 'RUNNING' && row.document;
    });
  }

  /** Kills every worker, and waits for their ends. */
  async close(): Promise<void> {
    this.supervisor?.kill();
    for (const result of await Promise.allSettled(this.started)) {
      if (result.status === 'rejected') continue;
      result.value.kill();
      await result.value.ended;
    }
    for (const file of [this.accident, `${this.accident}.over`]) rmSync(file, { force: true });
  }
}
