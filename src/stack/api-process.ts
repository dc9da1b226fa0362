import type { ServerConfig } from '../server';
import { devTokens } from './dev-tokens';
import type { Endpoints } from './endpoints';
import { startPart, type PartProcess } from './part-process';
import { freePort } from './ports';
import type { ApiSettings } from './server-settings';

const HOST = '127.0.0.1';

/** The API of a stack: started, where it is, and how it is started again in the same place. */
export interface ApiProcess {
  at: Required<Pick<Endpoints, 'api' | 'tokens'>>;
  first: PartProcess;
  again: () => Promise<PartProcess>;
}

/**
 * Starts the API with the tokens of the state folder; a registration token of a belay.yaml comes first. Without a word
 * on where it listens it does for this machine only, at a free port.
 * @param port comes before the settings'
 */
export async function startApi(
  stateDir: string,
  servers: Pick<ServerConfig, 'temporal' | 'databaseUrl' | 'taskQueue'>,
  { listen, settings, artifacts }: ApiSettings,
  port = listen?.port,
): Promise<ApiProcess> {
  const host = listen?.host ?? HOST;
  const at = { host, port: port === undefined || port === 0 ? await freePort() : port };
  const own = devTokens(stateDir);
  const registration = settings.registration ?? { token: own.registration, labels: {} };
  const config: ServerConfig = {
    ...servers,
    listen: at,
    artifacts,
    settings: { ...settings, registration, devToken: own.admin },
  };
  const again = () => startPart(stateDir, { kind: 'server', config });
  const tokens = { admin: own.admin, registration: registration.token };
  return { at: { api: `http://${urlHost(host)}:${at.port}`, tokens }, first: await again(), again };
}

/** As others on this machine reach it: an address that means all of them is none to ask. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return HOST;
  return host.includes(':') ? `[${host}]` : host;
}
