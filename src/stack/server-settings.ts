import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Settings } from '../api/types';
import { InputError } from '../domain/errors';
import { whyUnreadable } from '../schemas/read-text';
import type { ArtifactPlace } from '../drivers/artifact/create';
import { artifactPlace } from './artifact-place';
import { readServerSettings, type RegistrationSettings } from '../schemas/server';

/** Where the registration token is when no belay.yaml says so. */
const VARIABLE = 'BELAY_REGISTRATION_TOKEN';
/** Whoever guesses it may register instances. */
const SHORTEST = 16;

/**
 * What a belay.yaml says, with the secret that it names; every default without one.
 * An InputError where it is wrong, or its token isn't there.
 */
export async function serverSettings(
  file: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ listen: { host: string; port: number }; settings: Settings; artifacts: ArtifactPlace }> {
  const { listen, heartbeat, registration, drivers, services, ...read } = await readServerSettings(file);
  const artifacts = artifactPlace(read.artifacts, file);
  const settings = { heartbeat, catalog: { drivers, services } };
  const asked =
    registration ?? (env[VARIABLE] ? { token: { kind: 'variable' as const, name: VARIABLE }, labels: {} } : undefined);
  if (asked === undefined) return { listen, artifacts, settings };
  const token = await tokenOf(asked.token, file, env);
  const { labels, expires } = asked;
  return {
    listen,
    artifacts,
    settings: { ...settings, registration: { token, labels, ...(expires === undefined ? {} : { expires }) } },
  };
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
