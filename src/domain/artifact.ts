const DIGEST = /^sha256:[0-9a-f]{64}$/;

export const DIGEST_RULE = 'write what `belay artifact push` printed: sha256: and 64 hex digits in lower case';

/** Whether a text can be the name of an artifact: `sha256:` and the SHA-256 of its bytes in lower-case hex. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** As much of a digest as a person compares. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

/** An artifact that is in the store. */
export interface StoredArtifact {
  digest: string;
  /** In bytes. */
  size: number;
  storedAt: Date;
}

/** Which bytes, both ends included, counted from 0. */
export interface ByteRange {
  first: number;
  last: number;
}

/** Where artifacts are kept, each under the digest of its bytes: what has a name never changes. */
export interface ArtifactStore {
  /**
   * Stores all that `content` brings. When it fails, is too large or empty, or isn't `expected`, nothing is
   * stored; all but the first is an ArtifactRefused. What is there already stays as it is.
   */
  put(content: AsyncIterable<Uint8Array>, expected?: string): Promise<{ artifact: StoredArtifact; existed: boolean }>;
  find(digest: string): Promise<StoredArtifact | undefined>;
  /** Its bytes; undefined: it isn't there. Whoever doesn't read to the end must return the iterator. */
  read(digest: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The newest first. */
  list(): Promise<StoredArtifact[]>;
  /** False: it isn't there. */
  delete(digest: string): Promise<boolean>;
}

/** What was pushed isn't taken; nothing of it was stored. */
export class ArtifactRefused extends Error {
  override readonly name = 'ArtifactRefused';

  constructor(
    readonly kind: 'too_large' | 'other_digest' | 'empty',
    message: string,
  ) {
    super(message);
  }
}
