import type { ArtifactStore } from '../../domain/artifact';
import { ArtifactFolder } from './folder';

/** Where artifacts are: plain values, so that a process can tell another. */
export interface ArtifactPlace {
  /** An absolute path. */
  dir: string;
  /** How large each may be. */
  mostBytes: number;
}

/** The store that is configured. */
export function createArtifactStore({ dir, mostBytes }: ArtifactPlace): ArtifactStore {
  return new ArtifactFolder(dir, mostBytes);
}
