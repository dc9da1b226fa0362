import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Settings } from '../api/types';
import { InputError } from '../domain/errors';
import { whyUnreadable } from '../schemas/read-text';
import type { Address } from '../domain/address';
import type { ArtifactPlace } from '../drivers/artifact/create';
import { createSender } from '../drivers/notification/create';
import { artifactPlace } from './artifact-place';
import { readServerSettings, type RegistrationSettings } from '../schemas/server';
import type { WorkerConfig } from '../worker';

/** Where the registration token is when no belay.yaml says so. */
const VARIABLE = 'BELAY_REGISTRATION_TOKEN';
/** Whoever guesses it may register instances. */
const SHORTEST = 16;

export interface ApiSettings {
  settings: Settings;
  /** Absent: nobody said it. */
  listen?: Address;
  artifacts: ArtifactPlace;
}

/**
 * What a belay.yaml says to an API, with the secret that it names; every default without one.
 * @param stateDir where artifacts are when it doesn't say so
 * @throws InputError where it is wrong, or its token isn't there
 */
export async function apiSettings(
  file: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  stateDir?: string,
): Promise<ApiSettings> {
  const { listen, heartbeat, drivers, services, traffic, hooks, freezes, ...read } = await readServerSettings(file);
  const catalog = { drivers, services, traffic, hooks };
  const registration = await registrationOf(read.registration, file, env);
  return {
    settings: { heartbeat, catalog, freezes, ...(registration === undefined ? {} : { registration }) },
    ...(listen === undefined ? {} : { listen }),
    artifacts: artifactPlace(read.artifacts, file, stateDir),
  };
}

type WorkerSettings = Pick<WorkerConfig, 'reconcile' | 'retention' | 'metrics' | 'notifications' | 'freezes'> & {
  artifacts: ArtifactPlace;
};

/** What it says to a worker. Parameters and errors as above; of secrets it is only looked whether they are there. */
export async function workerSettings(
  file: string | undefined,
  stateDir?: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<WorkerSettings> {
  const { reconcile, retention, metrics, artifacts, notifications, freezes } = await readServerSettings(file);
  for (const target of notifications) createSender(target, env);
  return {
    reconcile,
    retention,
    ...(notifications.length === 0 ? {} : { notifications }),
    ...(freezes.length === 0 ? {} : { freezes }),
    artifacts: artifactPlace(artifacts, file, stateDir),
    ...(metrics.worker === undefined ? {} : { metrics: metrics.worker }),
  };
}

export interface StackSettings {
  api: ApiSettings;
  worker: WorkerSettings;
}

/** What it says to a stack of one's own. Errors as above. */
export async function stackSettings(
  file: string | undefined,
  stateDir: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<StackSettings> {
  return { api: await apiSettings(file, env, stateDir), worker: await workerSettings(file, stateDir, env) };
}

async function registrationOf(
  said: RegistrationSettings | undefined,
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Settings['registration']> {
  const variable: RegistrationSettings = { token: { kind: 'variable', name: VARIABLE }, labels: {} };
  const asked = said ?? (env[VARIABLE] ? variable : undefined);
  if (asked === undefined) return undefined;
  const { labels, expires } = asked;
  const token = await tokenOf(asked.token, file, env);
  return { token, labels, ...(expires === undefined ? {} : { expires }) };
}

async function tokenOf(
  from: RegistrationSettings['token'],
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const place = from.kind === 'file' ? resolve(dirname(file ?? '.'), from.path) : from.name;
  const text = from.kind === 'file' ? await textOf(place) : env[place];
  const token = text?.trim() ?? '';
  if (token === '') throw new InputError(`The registration token is to be in ${place}, which is empty; write it there`);
  if (token.length < SHORTEST) {
    const remedy = `\`openssl rand -hex 32\` makes a good one`;
    throw new InputError(`The registration token in ${place} has fewer than ${SHORTEST} characters; ${remedy}`);
  }
  return token;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new InputError({ file, message: whyUnreadable(error) });
  }
}
