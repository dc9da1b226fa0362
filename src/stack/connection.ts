import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { Unreachable } from '../control/errors';
import { knock } from './what-runs';

/** A Temporal namespace, and how to get there. */
export interface TemporalTarget {
  namespace: string;
  options: NativeConnectionOptions & { address: string };
  /** Where the address was found, for people. */
  source: string;
}

const CONNECT_MS = 8_000;

/** The server that this machine's environment or temporal.toml names; undefined when neither names one. */
export function configuredTemporal(env: NodeJS.ProcessEnv = process.env): TemporalTarget | undefined {
  const given = Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  let config: ReturnType<typeof loadClientConnectConfig>;
  try {
    config = load(given);
  } catch (error) {
    throw new Unreachable(`Temporal's configuration can't be used: ${(error as Error).message}`, [
      'TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE and the files that they name',
      'the TEMPORAL_TLS_… variables',
    ]);
  }
  const { address } = config.connectionOptions;
  if (address === undefined || address === '') return undefined;
  const profile = given.TEMPORAL_PROFILE ?? 'default';
  return {
    namespace: config.namespace ?? 'default',
    options: { ...config.connectionOptions, address },
    source: given.TEMPORAL_ADDRESS === undefined ? `profile "${profile}" of temporal.toml` : 'TEMPORAL_ADDRESS',
  };
}

/** The loader stumbles over a temporal.toml without any profile, which says as much as none. */
function load(env: Record<string, string>): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars: env });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return loadClientConnectConfig({ overrideEnvVars: env, disableFile: true });
  }
}

/** The dev server of a stack of ours. */
export function localTemporal(address: string, namespace: string): TemporalTarget {
  return { namespace, options: { address }, source: 'the stack that `belay dev` or a deployment started' };
}

/** A client, and the connection that it lives on: who made them closes it. */
export interface Connected {
  client: Client;
  connection: Connection;
}

/** A client of that namespace. It answers within 10 s, with an Unreachable when there is no way. */
export async function connectClient(target: TemporalTarget): Promise<Connected> {
  await reach(target);
  const connection = await within(target, Connection.connect({ ...target.options, connectTimeout: CONNECT_MS }));
  try {
    await connection.withDeadline(Date.now() + CONNECT_MS, () =>
      connection.workflowService.describeNamespace({ namespace: target.namespace }),
    );
  } catch (error) {
    await connection.close();
    throw unreachable(target, error);
  }
  return { client: new Client({ connection, namespace: target.namespace }), connection };
}

/** A worker's connection to that server, likewise. */
export async function connectWorker(target: TemporalTarget): Promise<NativeConnection> {
  await reach(target);
  return within(target, NativeConnection.connect(target.options));
}

/** Refuses a server where nobody listens: gRPC would go on trying, and a person need not wait for that. */
export async function reach(target: TemporalTarget): Promise<void> {
  const why = await knock(target.options.address, CONNECT_MS);
  if (why !== undefined) throw unreachable(target, new Error(why));
}

async function within<T extends { close(): Promise<void> }>(
  target: TemporalTarget,
  connecting: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), CONNECT_MS);
  });
  try {
    return await Promise.race([connecting, late]);
  } catch (error) {
    // Should it still come about, nobody waits for it any more.
    void connecting.then((connection) => connection.close()).catch(() => {});
    throw unreachable(target, error);
  } finally {
    clearTimeout(timer);
  }
}

function unreachable({ options, namespace, source }: TemporalTarget, error: unknown): Unreachable {
  const detail = error instanceof Error ? error.message : String(error);
  const { address } = options;
  if (/not found/i.test(detail) && /namespace/i.test(detail)) {
    return new Unreachable(`The Temporal server at ${address} has no namespace "${namespace}".`, [
      `is the namespace right (TEMPORAL_NAMESPACE)? It can be made with: temporal operator namespace create ${namespace}`,
    ]);
  }
  return new Unreachable(`The Temporal server at ${address} (from ${source}) can't be reached: ${detail}`, [
    `does it run there, and can this machine reach it?`,
    'is its address right (TEMPORAL_ADDRESS, or the profile in temporal.toml)? Unset it to have Belay start one of its own',
    'does it want TLS or an API key (TEMPORAL_TLS, TEMPORAL_API_KEY)?',
    '`belay doctor` looks at each part of the way there',
  ]);
}
