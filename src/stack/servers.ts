import { setTimeout as delay } from 'node:timers/promises';
import { configuredTemporal, localTemporal, type TemporalTarget } from './connection';
import { startPostgres, type RunningPostgres } from './postgres';
import { isAlive } from './processes';
import { supervise, type Supervised } from './supervisor';
import { findTemporal } from './temporal-cli';
import { startTemporalServer, type RunningTemporal } from './temporal-server';

export interface Ports {
  temporal?: number;
  webUi?: number;
  postgres?: number;
  api?: number;
}

export interface ServerOptions {
  stateDir: string;
  ports: Ports;
  env: NodeJS.ProcessEnv;
  onStep: (text: string) => void;
  onTrouble: (text: string) => void;
  /** Aborted: the start is given up. */
  signal: AbortSignal | undefined;
}

/** A server that the stack needs: one that was there, or one of its own. */
export interface Server<T> {
  at: T;
  stop(): Promise<void>;
  /** Ends it at once, when it is one of our own. */
  kill(): void;
}

const WATCH_MS = 500;

/** The database: the one that DATABASE_URL names, else a PostgreSQL of our own. */
export async function databaseServer({
  stateDir,
  ports,
  env,
  onStep,
  onTrouble,
}: ServerOptions): Promise<Server<string>> {
  if (env.DATABASE_URL !== undefined && env.DATABASE_URL !== '') {
    onStep('PostgreSQL: the one that DATABASE_URL names');
    return { at: env.DATABASE_URL, stop: async () => {}, kill: () => {} };
  }
  const start = (port: number | undefined) => startPostgres({ stateDir, ...(port === undefined ? {} : { port }) });
  const first = await start(ports.postgres);
  const { port } = new URL(first.url);
  onStep(`PostgreSQL: port ${port}${first.adopted ? ', running already' : ''}`);
  const again = async () => watched(await start(Number(port)), 'SIGQUIT');
  const supervisor = supervise('PostgreSQL', watched(first, 'SIGQUIT'), again, onTrouble);
  return { at: first.url, stop: () => supervisor.stop(), kill: () => supervisor.kill() };
}

/** Temporal and its Web UI: the configured one, else a dev server of our own. */
export async function temporalServer(
  options: ServerOptions,
): Promise<Server<{ target: TemporalTarget; webUi: string | undefined }>> {
  const { stateDir, ports, env, onStep, onTrouble, signal } = options;
  const configured = configuredTemporal(env);
  if (configured !== undefined) {
    onStep(`Temporal: ${configured.options.address}, from ${configured.source}`);
    return { at: { target: configured, webUi: env.BELAY_WEB_UI }, stop: async () => {}, kill: () => {} };
  }
  const program = await findTemporal('cli', onStep, signal);
  const start = (port: number | undefined, uiPort: number | undefined) =>
    startTemporalServer({
      stateDir,
      program: program.path,
      ...(port === undefined ? {} : { port }),
      ...(uiPort === undefined ? {} : { uiPort }),
    });
  const first = await start(ports.temporal, ports.webUi);
  onStep(
    `Temporal: ${first.address}${first.adopted ? ', running already' : ''}; its program is from ${program.source}`,
  );
  const again = async () => watched(await start(Number(first.address.split(':')[1]), undefined));
  const supervisor = supervise("Temporal's dev server", watched(first), again, onTrouble);
  const target = localTemporal(first.address, first.namespace);
  return { at: { target, webUi: first.webUi }, stop: () => supervisor.stop(), kill: () => supervisor.kill() };
}

/** A server may be no child of ours: whether it lives is asked again and again. PostgreSQL's children outlive a SIGKILL. */
function watched(server: RunningPostgres | RunningTemporal, killSignal: NodeJS.Signals = 'SIGKILL'): Supervised {
  const stopped = new AbortController();
  const watch = async () => {
    while (!stopped.signal.aborted && isAlive(server.pid)) {
      await delay(WATCH_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
    }
    return 'its process is gone';
  };
  const ended = watch();
  return {
    ended,
    async stop() {
      stopped.abort();
      await ended;
      await server.stop();
    },
    kill() {
      stopped.abort();
      if (isAlive(server.pid)) process.kill(server.pid, killSignal);
    },
  };
}
