import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { createApi } from './api/create';
import type { Api, Settings } from './api/types';
import { Unreachable } from './control/errors';
import { createControl } from './control/direct';
import { FlagCache } from './control/flag-cache';
import { createFlags } from './control/flags';
import { createInventory } from './control/inventory';
import { begunFor } from './control/begun';
import { createKeys } from './control/keys';
import { missingArtifact } from './control/missing-artifact';
import { createTokens } from './control/tokens';
import { ask } from './control/temporal';
import { createArtifactStore, type ArtifactPlace } from './drivers/artifact/create';
import { explain } from './explain';
import { createServerLog } from './log';
import { ApiMetrics } from './metrics/api';
import { plannerOn } from './planner';
import type { Catalog } from './schemas/server-drivers';
import { serveHost } from './stack/child';
import { artifactPlace } from './stack/artifact-place';
import { connectClient, type TemporalTarget } from './stack/connection';
import { fleetReader } from './stack/fleet-reader';
import { ROOT } from './stack/state-dir';
import { openStore, type Store } from './store';
import { HEARING_EVERY_MS } from './store/hearing';

export interface ServerConfig {
  temporal: TemporalTarget;
  databaseUrl: string;
  taskQueue: string;
  /** Port 0: a free one. */
  listen: { host: string; port: number };
  settings: Settings;
  /** Absent: in the state folder. */
  artifacts?: ArtifactPlace;
}

export interface ServerExtras {
  /** It listens there. */
  onReady?: (address: string) => void;
  /** Aborted: it takes no more requests, lets those that it has end, and returns. */
  signal?: AbortSignal;
}

const NOTHING_NAMED: Catalog = { drivers: {}, services: {}, traffic: {}, hooks: {} };
const LOOK_MS = 3_000;
const STOP_MS = 10_000;

/** Serves the API until it is told to stop. */
export async function runServer(config: ServerConfig, { onReady, signal }: ServerExtras = {}): Promise<void> {
  const connected = await connectClient(config.temporal);
  try {
    const store = await openStore(config.databaseUrl, { max: 20 });
    try {
      const app = await createServer(config, connected.client, store);
      const stopped = new Promise<void>((resolve) => {
        if (signal?.aborted === true) resolve();
        signal?.addEventListener('abort', () => resolve());
      });
      await store.hearing();
      const address = await listen(app, config.listen);
      // While the database is away nothing is heard either.
      const hearing = setInterval(() => void store.hearing().catch(() => undefined), HEARING_EVERY_MS);
      onReady?.(address);
      await stopped;
      clearInterval(hearing);
      await closeWithin(app, STOP_MS);
    } finally {
      await store.close();
    }
  } finally {
    await connected.connection.close();
  }
}

/** The API on a client and a store that are there; whoever made them closes them. */
export async function createServer(config: ServerConfig, client: Client, store: Store): Promise<Api> {
  const listFleet = fleetReader(store);
  const artifacts = createArtifactStore(config.artifacts ?? artifactPlace());
  const orchestrator = { client, taskQueue: config.taskQueue };
  const control = createControl({ ...orchestrator, store, readFleet: listFleet, artifacts });
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return createApi({
    version,
    logger: createServerLog(),
    explain,
    troubles: () => troublesOf(client, store),
    control,
    inventory: createInventory(store),
    tokens: createTokens(store),
    flags: createFlags(store),
    flagCache: new FlagCache(store),
    artifacts,
    artifactBooks: { usesOf: (digest) => store.artifactUses(digest), note: (event) => store.appendEvent(event) },
    metrics: new ApiMetrics(() => store.figures()),
    settings: config.settings,
    deploying: {
      listFleet,
      plan: plannerOn(store, config.settings.freezes),
      keys: createKeys(store),
      begunFor: (id) => begunFor(orchestrator, store, id),
      missingArtifact: (spec) => missingArtifact(artifacts, spec),
      catalog: config.settings.catalog ?? NOTHING_NAMED,
    },
  });
}

async function listen(app: Api, at: ServerConfig['listen']): Promise<string> {
  try {
    await app.listen(at);
  } catch (error) {
    throw cantListen(at, error as NodeJS.ErrnoException);
  }
  const { address, port, family } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function cantListen({ host, port }: ServerConfig['listen'], error: NodeJS.ErrnoException): Unreachable {
  const why = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
  return new Unreachable(`The API can't listen at ${host}:${port}: ${why}`, [
    'give another --port, or another listen.port or listen.host in belay.yaml',
  ]);
}

/** Answers that take longer than this are cut off. */
async function closeWithin(app: Api, ms: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), ms);
  await app.close();
  clearTimeout(timer);
}

async function troublesOf(client: Client, store: Pick<Store, 'inFlight'>): Promise<string[]> {
  const { namespace } = client.options;
  const [database, temporal] = await Promise.all([
    within(LOOK_MS, store.inFlight()).then(
      () => undefined,
      (error: Error) => `The database doesn't answer: ${error.message}`,
    ),
    ask(client, LOOK_MS, () => client.connection.workflowService.describeNamespace({ namespace })).then(
      (asked) => (asked.kind === 'answered' ? undefined : "Temporal doesn't answer."),
      (error: Error) => `Temporal doesn't answer: ${error.message}`,
    ),
  ]);
  return [database, temporal].flatMap((trouble) => trouble ?? []);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

if (require.main === module) serveHost<ServerConfig>(runServer);
