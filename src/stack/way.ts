import type { Client } from '@temporalio/client';
import { Unreachable } from '../control/errors';
import { configuredTemporal, connectClient, reach, type TemporalTarget } from './connection';
import type { Endpoints } from './endpoints';
import { joined, startStack, type Stack } from './start';
import { stateDirOf } from './state-dir';
import { taskQueueOf } from './task-queue';
import { whatRuns } from './what-runs';

/** How to get to a running Belay. */
export interface Way {
  client: Client;
  taskQueue: string;
  databaseUrl: string;
  webUi: string | undefined;
  /** This process started the stack, and holds it together until `close`. */
  hosted: boolean;
  /** Lets go of the connection; a hosted stack is stopped. */
  close(): Promise<void>;
  /** Ends a hosted stack at once. */
  kill(): void;
}

export interface WayOptions {
  /** Start a stack when none runs and none is configured. */
  host: boolean;
  stateDir?: string;
  env?: NodeJS.ProcessEnv;
  say?: (text: string) => void;
}

/** A Temporal and a database that the environment names; else a stack that runs here; else, if wanted, one of our own. */
export async function findWay({
  host,
  env = process.env,
  stateDir = stateDirOf(env),
  say = () => {},
}: WayOptions): Promise<Way> {
  const servers = configuredServers(env);
  if (servers !== undefined) {
    const { databaseUrl, temporal } = servers;
    return wayTo({ temporal, databaseUrl, taskQueue: taskQueueOf(env), webUi: env.BELAY_WEB_UI });
  }
  const temporal = configuredTemporal(env);
  if (temporal !== undefined) await reach(temporal);
  const running = await whatRuns(stateDir);
  if (running !== undefined) refuseOther(running, temporal, env, stateDir);
  if (running === undefined && !host) throw nothingRuns(stateDir);
  if (running === undefined) say('No Belay runs here and no server is configured: starting a stack for this run.');
  const stack =
    running === undefined ? await startStack({ stateDir, env, onStep: say, onTrouble: say }) : joined(running, env);
  return wayTo(
    {
      temporal: stack.temporal,
      databaseUrl: stack.endpoints.database_url,
      taskQueue: stack.endpoints.task_queue,
      webUi: stack.endpoints.web_ui ?? undefined,
    },
    stack,
  );
}

/** Both, or none: half of a configuration is completed by a local stack. */
export function configuredServers(
  env: NodeJS.ProcessEnv = process.env,
): { temporal: TemporalTarget; databaseUrl: string } | undefined {
  const temporal = configuredTemporal(env);
  const databaseUrl = env.DATABASE_URL;
  return temporal !== undefined && databaseUrl ? { temporal, databaseUrl } : undefined;
}

/** What is configured is never passed over in favour of what happens to run: that would deploy to the wrong place. */
function refuseOther(
  running: Endpoints,
  temporal: TemporalTarget | undefined,
  env: NodeJS.ProcessEnv,
  stateDir: string,
): void {
  const stack = `the Belay that runs from ${stateDir}`;
  if (temporal !== undefined && temporal.options.address !== running.temporal) {
    const { options, source } = temporal;
    throw new Unreachable(`${source} names ${options.address}, but ${stack} uses ${running.temporal}.`, [
      `to deploy with that Temporal, name its database, too (DATABASE_URL), or another BELAY_STATE_DIR`,
      'to deploy with the Belay that runs, unset TEMPORAL_ADDRESS (or the profile in temporal.toml)',
    ]);
  }
  if (env.DATABASE_URL && env.DATABASE_URL !== running.database_url) {
    throw new Unreachable(`DATABASE_URL names another database than the one that ${stack} uses.`, [
      'to deploy with that database, name its Temporal, too (TEMPORAL_ADDRESS), or another BELAY_STATE_DIR',
      'to deploy with the Belay that runs, unset DATABASE_URL',
    ]);
  }
}

interface Ends {
  temporal: TemporalTarget;
  databaseUrl: string;
  taskQueue: string;
  webUi: string | undefined;
}

async function wayTo({ temporal, ...rest }: Ends, stack?: Stack): Promise<Way> {
  const connected = await connectClient(temporal).catch(async (error: unknown) => {
    await stack?.stop();
    throw error;
  });
  return {
    ...rest,
    client: connected.client,
    hosted: stack?.hosted ?? false,
    async close() {
      await connected.connection.close();
      await stack?.stop();
    },
    kill: () => stack?.kill(),
  };
}

function nothingRuns(stateDir: string): Unreachable {
  return new Unreachable(`No Belay runs from ${stateDir}, and no server is configured.`, [
    'start one: `belay dev` (a deployment that was in flight goes on then)',
    'or name the servers that are there: TEMPORAL_ADDRESS and DATABASE_URL',
    'or, if it runs from another folder, set BELAY_STATE_DIR to that',
  ]);
}
