import { Connection } from '@temporalio/client';
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openLog } from './log-file';
import { freePort, isFree } from './ports';
import { endProcess, runsWith } from './processes';
import { SEARCH_ATTRIBUTES } from './search-attributes';
import { TemporalUnavailable } from './temporal-cli';
import { tether } from './tether';

export interface TemporalServerOptions {
  /** Everything of it lies in `<state dir>/temporal`. */
  stateDir: string;
  /** The Temporal CLI. */
  program: string;
  port?: number;
  uiPort?: number;
  /** For tests: nothing is kept, there is no Web UI, and it ends with this process, however that ends. */
  throwaway?: boolean;
}

/** A Temporal dev server of Belay's own that takes calls. */
export interface RunningTemporal {
  address: string;
  namespace: string;
  webUi?: string;
  pid: number;
  /** It was running already: whoever started it is gone, or shares it. */
  adopted: boolean;
  /** Ends it in order, and waits for its end. */
  stop(): Promise<void>;
}

/** What is remembered of the latest server, so that addresses stay the same across starts. */
interface ServerRecord {
  pid: number;
  port: number;
  uiPort: number;
}

const NAMESPACE = 'default';
const READY_MS = 60_000;
const STOP_MS = 10_000;

/**
 * Starts Temporal's dev server on this machine only, its state in a file, or adopts the one that runs on that file
 * already: it outlives a killed Node. A terminal's Ctrl-C doesn't reach it.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<RunningTemporal> {
  const folder = join(options.stateDir, 'temporal');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = join(folder, 'temporal.db');
  const last = readRecord(folder);
  if (last !== undefined && runsWith(last.pid, database)) {
    if (await answersWithin(`127.0.0.1:${last.port}`, 20_000)) return running(last, database, true, options);
    await endProcess(last.pid, STOP_MS, () => runsWith(last.pid, database));
  }
  const record = {
    port: await choose(options.port, last?.port, 'Temporal'),
    uiPort: await choose(options.uiPort, last?.uiPort, 'its Web UI'),
  };
  const log = openLog(join(folder, 'server.log'));
  const child = launch(options, database, record.port, record.uiPort, log);
  closeSync(log);
  if (child.pid === undefined) throw notStarted(folder, `${options.program} can't be run`);
  writeRecord(folder, { pid: child.pid, ...record });
  const ready = await answersWithin(`127.0.0.1:${record.port}`, READY_MS, child);
  if (!ready) {
    await endProcess(child.pid, STOP_MS);
    throw notStarted(folder, lastError(join(folder, 'server.log')));
  }
  return running({ pid: child.pid, ...record }, database, false, options);
}

/** The ports that the latest server had, and the next one will have when they are free. */
export function rememberedPorts(stateDir: string): number[] {
  const last = readRecord(join(stateDir, 'temporal'));
  return last === undefined ? [] : [last.port, last.uiPort];
}

function launch(
  { program, throwaway }: TemporalServerOptions,
  database: string,
  port: number,
  uiPort: number,
  log: number,
): ChildProcess {
  const storage =
    throwaway === true
      ? ['--headless']
      : ['--db-filename', database, '--ui-port', String(uiPort), '--sqlite-pragma', 'journal_mode=WAL'];
  const child = spawn(
    program,
    [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'],
      ...storage,
      // Each new run starts with nothing in flight: the server asks for it at half of what a history may hold.
      ...['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=8000'],
      ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ],
    { stdio: ['ignore', log, log], detached: true, cwd: '/', env: serverEnvironment() },
  );
  child.on('error', () => {});
  child.unref();
  if (throwaway === true) tether(child);
  return child;
}

/** A profile or an address that a person has set for their own servers is none of this server's business. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function running(
  record: ServerRecord,
  database: string,
  adopted: boolean,
  options: TemporalServerOptions,
): RunningTemporal {
  const lives = () => (options.throwaway === true ? runsWith(record.pid, 'start-dev') : runsWith(record.pid, database));
  return {
    address: `127.0.0.1:${record.port}`,
    namespace: NAMESPACE,
    ...(options.throwaway === true ? {} : { webUi: `http://127.0.0.1:${record.uiPort}` }),
    pid: record.pid,
    adopted,
    stop: () => endProcess(record.pid, STOP_MS, lives),
  };
}

/** A port that was asked for must be free; the last one is taken again when it is. */
async function choose(given: number | undefined, last: number | undefined, what: string): Promise<number> {
  if (given === undefined) return freePort(last);
  if (await isFree(given)) return given;
  throw new TemporalUnavailable(`Port ${given}, given for ${what}, is in use. Give another one, or none.`);
}

/** Whether the server answers, and its namespace can be used, before the time is over or the process has ended. */
async function answersWithin(address: string, ms: number, child?: ChildProcess): Promise<boolean> {
  const until = Date.now() + ms;
  while (Date.now() < until && (child === undefined || (child.exitCode === null && child.signalCode === null))) {
    if (await answers(address)) return true;
    await delay(50);
  }
  return false;
}

async function answers(address: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 2_000 });
    await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
    await connection.workflowService.countWorkflowExecutions({
      namespace: NAMESPACE,
      query: "BelayStatus = 'running'",
    });
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}

function readRecord(folder: string): ServerRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8')) as ServerRecord;
  } catch {
    return undefined;
  }
}

function writeRecord(folder: string, record: ServerRecord): void {
  const file = join(folder, 'server.json');
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
}

function lastError(log: string): string {
  const lines = readFileSync(log, 'utf8').split('\n');
  return (
    lines
      .filter((line) => /error/i.test(line))
      .at(-1)
      ?.trim() ?? 'it did not answer in time'
  );
}

function notStarted(folder: string, why: string): TemporalUnavailable {
  return new TemporalUnavailable(
    `Temporal's dev server couldn't start: ${why}. See ${join(folder, 'server.log')}, or set TEMPORAL_ADDRESS to a ` +
      'Temporal server of yours.',
  );
}
