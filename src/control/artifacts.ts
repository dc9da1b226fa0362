import type { ArtifactStore, StoredArtifact } from '../domain/artifact';
import { bytesText } from '../domain/bytes';
import { NotFound, Refused } from './errors';

/** What people do with artifacts. */
export interface Artifacts {
  /**
   * @param open the bytes from their beginning, each time that it is called
   * @param expected nothing else is stored
   */
  push(open: () => AsyncIterable<Uint8Array>, by: string, expected?: string): ReturnType<ArtifactStore['put']>;
  /** The newest first. */
  list(): Promise<StoredArtifact[]>;
  /** Refused while somebody needs it, unless it is forced. */
  remove(digest: string, force: boolean, by: string): Promise<void>;
}

/** A line of the event log. */
export interface ArtifactEvent {
  type: 'artifact_pushed' | 'artifact_deleted';
  by: string;
  /** Which one. */
  reason: string;
}

/** What is known of artifacts, and kept of what becomes of them. */
export interface ArtifactBooks {
  /** Who still needs an artifact, in words. */
  usesOf: (digest: string) => Promise<string[]>;
  note: (event: ArtifactEvent) => Promise<void>;
}

export function createArtifacts(store: ArtifactStore, { usesOf, note }: ArtifactBooks): Artifacts {
  return {
    async push(open, by, expected) {
      const pushed = await store.put(open(), expected);
      const { digest, size } = pushed.artifact;
      if (!pushed.existed) await note({ type: 'artifact_pushed', by, reason: `${digest}, ${bytesText(size)}` });
      return pushed;
    },
    list: () => store.list(),
    async remove(digest, force, by) {
      const uses = force ? [] : await usesOf(digest);
      if (uses.length > 0) {
        const hints = [...uses, '--force deletes it all the same: nobody can go back to it then'];
        throw new Refused(`the artifact ${digest} is needed`, hints);
      }
      if (!(await store.delete(digest))) {
        throw new NotFound(`there is no artifact ${digest}`, ['`belay artifact list` lists those that there are']);
      }
      await note({ type: 'artifact_deleted', by, reason: force ? `${digest}, by force` : digest });
    },
  };
}
