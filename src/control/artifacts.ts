import type { ArtifactStore, StoredArtifact } from '../domain/artifact';
import { NotFound, Refused } from './errors';

/** What people do with artifacts. */
export interface Artifacts {
  /** @param open the bytes from their beginning, each time that it is called */
  push(open: () => AsyncIterable<Uint8Array>): ReturnType<ArtifactStore['put']>;
  /** The newest first. */
  list(): Promise<StoredArtifact[]>;
  /** Refused while somebody needs it, unless it is forced. */
  remove(digest: string, force: boolean): Promise<void>;
}

/** @param usesOf who still needs an artifact, in words */
export function createArtifacts(store: ArtifactStore, usesOf: (digest: string) => Promise<string[]>): Artifacts {
  return {
    push: (open) => store.put(open()),
    list: () => store.list(),
    async remove(digest, force) {
      const uses = force ? [] : await usesOf(digest);
      if (uses.length > 0) {
        const hints = [...uses, '--force deletes it all the same: nobody can go back to it then'];
        throw new Refused(`the artifact ${digest} is needed`, hints);
      }
      if (await store.delete(digest)) return;
      throw new NotFound(`there is no artifact ${digest}`, ['`belay artifact list` lists those that there are']);
    },
  };
}
