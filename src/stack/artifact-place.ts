import { dirname, join, resolve } from 'node:path';
import type { ArtifactPlace } from '../drivers/artifact/create';
import { readServerSettings, type ArtifactSettings } from '../schemas/server';
import { readEndpoints } from './endpoints';
import { stateDirOf } from './state-dir';

const USUAL: ArtifactSettings = { mostBytes: 1024 ** 3 };

/** Where the settings of a belay.yaml keep artifacts; a relative path counts from the file's folder. */
export function artifactPlace(
  { dir, mostBytes }: ArtifactSettings = USUAL,
  file: string | undefined = undefined,
  stateDir = stateDirOf(),
): ArtifactPlace {
  return { dir: dir === undefined ? join(stateDir, 'artifacts') : resolve(dirname(file ?? '.'), dir), mostBytes };
}

/** The belay.yaml that is meant where none is named; undefined: every default. */
export function configFile(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { BELAY_CONFIG: named, INIT_CWD: from = process.cwd() } = env;
  return named === undefined || named === '' ? undefined : resolve(from, named);
}

/** Where this machine keeps artifacts: as that file says, else where the stack does that runs, else in the state folder. */
export async function artifactPlaceHere(file = configFile()): Promise<ArtifactPlace> {
  if (file !== undefined) return artifactPlace((await readServerSettings(file)).artifacts, file);
  const { artifacts } = readEndpoints(stateDirOf()) ?? {};
  return artifacts === undefined ? artifactPlace() : { dir: artifacts.dir, mostBytes: artifacts.max_bytes };
}
