import { dirname, join, resolve } from 'node:path';
import type { ArtifactPlace } from '../drivers/artifact/create';
import type { ArtifactSettings } from '../schemas/server';
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
