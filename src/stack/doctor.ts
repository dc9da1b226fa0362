import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { databaseChecks } from './doctor-database';
import { temporalChecks } from './doctor-temporal';
import type { Endpoints } from './endpoints';
import { isFree } from './ports';
import { stateDirOf, writable } from './state-dir';
import { lookForTemporal, temporalVersion } from './temporal-cli';
import { rememberedPorts } from './temporal-server';
import { whatRuns } from './what-runs';

/** One thing that `doctor` looked at, and what to do when it isn't well. */
export interface Check {
  name: string;
  state: 'ok' | 'warning' | 'failed';
  detail: string;
  remedy?: string;
}

const OLDEST_NODE = 20;

/** Looks at everything that Belay needs; it changes nothing and never throws. */
export async function examine(env: NodeJS.ProcessEnv = process.env): Promise<Check[]> {
  const stateDir = stateDirOf(env);
  const running = await whatRuns(stateDir);
  const parts = await Promise.all([
    programChecks(env),
    stackChecks(running, stateDir),
    databaseChecks(running, env),
    temporalChecks(running, env),
  ]);
  return [nodeCheck(), folderCheck('state folder', stateDir, 'BELAY_STATE_DIR'), ...parts.flat()];
}

function nodeCheck(): Check {
  const { node } = process.versions;
  if (Number(node.split('.')[0]) >= OLDEST_NODE) return { name: 'Node', state: 'ok', detail: node };
  return {
    name: 'Node',
    state: 'failed',
    detail: `${node} is too old`,
    remedy: `install Node ${OLDEST_NODE} or newer`,
  };
}

/** A folder that isn't there yet will be made in the nearest one that is. */
function folderCheck(name: string, folder: string, variable: string): Check {
  let nearest = folder;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  if (writable(nearest)) return { name, state: 'ok', detail: folder };
  return {
    name,
    state: 'failed',
    detail: `${folder} can't be written to`,
    remedy: `set ${variable} to a folder that can`,
  };
}

/** The Temporal CLI is needed only for a server of our own. */
async function programChecks(env: NodeJS.ProcessEnv): Promise<Check[]> {
  if (env.TEMPORAL_ADDRESS) return [];
  const name = 'Temporal CLI';
  try {
    const { found, cache } = await lookForTemporal('cli');
    const folder = folderCheck('cache folder', cache, 'BELAY_CACHE_DIR');
    if (found === undefined) {
      const remedy = '`belay dev` fetches it; or put `temporal` on PATH, or set TEMPORAL_CLI_PATH to it';
      return [folder, { name, state: 'warning', detail: 'not here yet', remedy }];
    }
    const version = await temporalVersion(found.path);
    return [folder, { name, state: 'ok', detail: `${version}; ${found.path} (${found.source})` }];
  } catch (error) {
    const remedy = 'put one that runs on this machine on PATH, or set TEMPORAL_CLI_PATH to it';
    return [{ name, state: 'failed', detail: (error as Error).message, remedy }];
  }
}

async function stackChecks(running: Endpoints | undefined, stateDir: string): Promise<Check[]> {
  if (running !== undefined) {
    const detail = `process ${running.host}, since ${running.started_at}${running.web_ui === null ? '' : `; Web UI ${running.web_ui}`}`;
    return [{ name: 'stack', state: 'ok', detail }];
  }
  const taken: number[] = [];
  for (const port of rememberedPorts(stateDir)) if (!(await isFree(port))) taken.push(port);
  if (taken.length === 0) return [{ name: 'ports', state: 'ok', detail: 'free' }];
  return [
    {
      name: 'ports',
      state: 'warning',
      detail: `${taken.join(', ')}, used the last time, are in use`,
      remedy:
        'a server left by a killed stack is taken over by the next start; from anything else, other ports are chosen',
    },
  ];
}
