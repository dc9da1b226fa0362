import { peekArtifactUses } from '../../src/store';
import type { Belay } from './belay';

/** Who needs an artifact, by the database of a test's Belay. */
export function artifactUsesOf({ environment }: Belay, digest: string): Promise<string[]> {
  return peekArtifactUses(environment['DATABASE_URL'] ?? '', digest);
}
