import { join } from 'node:path';
import { migrate } from '../store';
import type { WorkerConfig } from '../worker';
import { configuredTemporal, connectClient, localTemporal, type TemporalTarget } from './connection';
import { dropEndpoints, writeEndpoints, type Endpoints } from './endpoints';
import { withLock } from './lock';
import { registerSearchAttributes } from './search-attributes';
import { stackSettings, type StackSettings } from './server-settings';
import { databaseServer, temporalServer, type Ports } from './servers';
import { startFault } from './start-fault';
import { makeStateDir } from './state-dir';
import { supervise } from './supervisor';
import { taskQueueOf } from './task-queue';
import { whatRuns } from './what-runs';
import { startApi } from './api-process';
import { startPart } from './part-process';

export interface StackOptions {
  stateDir: string;
  /** Free ones when absent. */
  ports?: Ports;
  env?: NodeJS.ProcessEnv;
  /** What is being done, for people. */
  onStep?: (text: string) => void;
  /** What went wrong while it ran, and what is done about it. */
  onTrouble?: (text: string) => void;
  /** Whether it serves the API, too. */
  api?: boolean;
  /** What a belay.yaml says to its parts. */
  settings?: StackSettings;
  /** Another worker's script than Belay's own. */
  workerScript?: string;
  /** Aborted: the start is given up, and what was started ends. */
  signal?: AbortSignal;
}

/** Database, Temporal, a worker and, where it was asked for, the API on this machine. */
export interface Stack {
  endpoints: Endpoints;
  temporal: TemporalTarget;
  /** Whether this process holds it together; else another one does, and `stop` leaves it alone. */
  hosted: boolean;
  stop(): Promise<void>;
  /** Ends all of it at once, without waiting. */
  kill(): void;
}

/**
 * Starts what isn't there: a stack that runs already is joined, servers that a killed host left are adopted.
 * @throws Unreachable when something that it needs can't be had or can't be started
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { stateDir, onStep = () => {} } = options;
  try {
    makeStateDir(stateDir);
    return await withLock(
      join(stateDir, 'start.lock'),
      (holder) => onStep(`waiting for process ${holder}, which starts a stack from ${stateDir}`),
      async () => {
        const running = await whatRuns(stateDir);
        return running === undefined ? host(options) : joined(running, options.env);
      },
    );
  } catch (error) {
    throw startFault(error, stateDir);
  }
}

/** A stack that another process hosts. */
export function joined(endpoints: Endpoints, env: NodeJS.ProcessEnv = process.env): Stack {
  // A configured server may want more than an address: certificates, a key.
  const configured = configuredTemporal(env);
  const temporal =
    configured?.options.address === endpoints.temporal
      ? configured
      : localTemporal(endpoints.temporal, endpoints.namespace);
  return { endpoints, temporal, hosted: false, stop: async () => {}, kill: () => {} };
}

async function host(options: StackOptions): Promise<Stack> {
  const { stateDir, ports = {}, env = process.env, onStep = () => {}, onTrouble = () => {}, signal } = options;
  const stops: (() => Promise<void>)[] = [];
  const kills: (() => void)[] = [];
  const stopAll = async () => {
    // What needs another thing was started later, and ends earlier.
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const servers = { stateDir, ports, env, onStep, onTrouble, signal };
    const [database, temporal] = await Promise.allSettled([databaseServer(servers), temporalServer(servers)]);
    const started = [database, temporal].flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    stops.push(async () => {
      await Promise.all(started.map((server) => server.stop()));
    });
    kills.push(...started.map((server) => () => server.kill()));
    if (database.status === 'rejected') throw database.reason;
    if (temporal.status === 'rejected') throw temporal.reason;
    signal?.throwIfAborted();
    const { target, webUi } = temporal.value.at;
    const databaseUrl = database.value.at;
    await Promise.all([makeNamespaceReady(target), migrate(databaseUrl)]);

    const taskQueue = taskQueueOf(env);
    const settings = options.settings ?? (await stackSettings(undefined, stateDir, env));
    const { artifacts } = settings.api;
    const config: WorkerConfig = {
      temporal: target,
      databaseUrl,
      taskQueue,
      ...settings.worker,
      ...(webUi === undefined ? {} : { webUi }),
    };
    const script = options.workerScript === undefined ? {} : { script: options.workerScript };
    const start = () => startPart(stateDir, { kind: 'worker', config, ...script });
    const worker = await start();
    onStep(`worker: process ${worker.pid}`);
    const supervisor = supervise('the worker', worker, start, onTrouble);
    stops.push(() => supervisor.stop());
    kills.push(() => supervisor.kill());
    signal?.throwIfAborted();

    const api =
      options.api === true
        ? await startApi(stateDir, { temporal: target, databaseUrl, taskQueue }, settings.api, ports.api)
        : undefined;
    if (api !== undefined) {
      onStep(`API: ${api.at.api}`);
      const watched = supervise('the API', api.first, api.again, onTrouble);
      stops.push(() => watched.stop());
      kills.push(() => watched.kill());
      signal?.throwIfAborted();
    }

    const endpoints: Endpoints = {
      temporal: target.options.address,
      namespace: target.namespace,
      web_ui: webUi ?? null,
      database_url: databaseUrl,
      ...api?.at,
      artifacts: { dir: artifacts.dir, max_bytes: artifacts.mostBytes },
      task_queue: taskQueue,
      host: process.pid,
      started_at: new Date().toISOString(),
    };
    writeEndpoints(stateDir, endpoints);
    stops.push(async () => dropEndpoints(stateDir, process.pid));
    return { endpoints, temporal: target, hosted: true, stop: stopAll, kill: () => kills.forEach((kill) => kill()) };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function makeNamespaceReady(target: TemporalTarget): Promise<void> {
  const { connection } = await connectClient(target);
  try {
    await registerSearchAttributes(connection, target.namespace);
  } finally {
    await connection.close();
  }
}
