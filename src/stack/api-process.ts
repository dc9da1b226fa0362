import { newSecret } from '../control/tokens';
import type { Settings } from '../api/types';
import type { ServerConfig } from '../server';
import type { Endpoints } from './endpoints';
import { startPart, type PartProcess } from './part-process';
import { freePort } from './ports';

const HOST = '127.0.0.1';
const HEARTBEAT = { intervalMs: 10_000, unknownAfterMs: 30_000 };

/** The API of a stack: started, where it is, and how it is started again in the same place. */
export interface ApiProcess {
  at: Required<Pick<Endpoints, 'api' | 'tokens'>>;
  first: PartProcess;
  again: () => Promise<PartProcess>;
}

/** Starts the API for this machine only, with tokens that hold as long as the stack does. */
export async function startApi(
  stateDir: string,
  servers: Pick<ServerConfig, 'temporal' | 'databaseUrl' | 'taskQueue' | 'artifacts'>,
  wanted: { port: number | undefined; heartbeat?: Settings['heartbeat']; catalog?: Settings['catalog'] },
): Promise<ApiProcess> {
  const port = wanted.port ?? (await freePort());
  const tokens = { admin: newSecret(), registration: newSecret() };
  const config: ServerConfig = {
    ...servers,
    listen: { host: HOST, port },
    settings: {
      heartbeat: wanted.heartbeat ?? HEARTBEAT,
      registration: { token: tokens.registration, labels: {} },
      devToken: tokens.admin,
      ...(wanted.catalog === undefined ? {} : { catalog: wanted.catalog }),
    },
  };
  const again = () => startPart(stateDir, { kind: 'server', config });
  return { at: { api: `http://${HOST}:${port}`, tokens }, first: await again(), again };
}
