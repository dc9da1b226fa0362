import type { Client } from '@temporalio/client';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createControl } from '../src/control/direct';
import type { Control } from '../src/control/control';
import { fleetReader } from '../src/stack/fleet-reader';
import { connectClient } from '../src/stack/connection';
import { startStack } from '../src/stack/start';
import type { ServerConfig } from '../src/server';
import { openStore, type Store } from '../src/store';

/** A stack of its own on files in a temporary folder, as `belay dev` starts it. */
export interface BenchStack {
  folder: string;
  control: Control;
  store: Store;
  client: Client;
  /** What a part of the stack is told to find them. */
  servers: Pick<ServerConfig, 'temporal' | 'databaseUrl' | 'taskQueue'>;
  /** Temporal's. */
  address: string;
  /** The worker's process id, now. */
  workerPid(): number;
  close(): Promise<void>;
}

export async function openStack(): Promise<BenchStack> {
  const folder = mkdtempSync(join(tmpdir(), 'belay-bench-'));
  const stack = await startStack({ stateDir: folder });
  const { client, connection } = await connectClient(stack.temporal);
  const store = await openStore(stack.endpoints.database_url, { max: 4 });
  const control = createControl({
    client,
    store,
    taskQueue: stack.endpoints.task_queue,
    readFleet: fleetReader(store),
    artifacts: { find: async () => undefined },
  });
  return {
    folder,
    control,
    store,
    client,
    servers: {
      temporal: stack.temporal,
      databaseUrl: stack.endpoints.database_url,
      taskQueue: stack.endpoints.task_queue,
    },
    address: stack.temporal.options.address,
    workerPid: () => childRunning('worker'),
    close: async () => {
      await store.close();
      await connection.close();
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The child process of this one whose command line names the script. */
function childRunning(script: string): number {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  const line = lines.split('\n').find((each) => each.includes(`${script}.js`) || each.includes(`${script}.ts`));
  if (line === undefined) throw new Error(`no ${script} among this process's children`);
  return Number(line.trim().split(/\s+/)[0]);
}

/** The most memory that a process held at once so far, in MiB; undefined where the system doesn't tell. */
export function peakMemory(pid: number): number | undefined {
  try {
    const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Math.round(Number(kib) / 1024);
  } catch {
    return undefined;
  }
}
