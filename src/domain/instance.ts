/** How an instance is, as Belay and its API count it. */
export const HEALTH = { UNKNOWN: 0, HEALTHY: 1, DEGRADED: 2, FAILED: 3 } as const;
export type Health = (typeof HEALTH)[keyof typeof HEALTH];

export const HEALTH_WORDS = ['unknown', 'healthy', 'degraded', 'failed'] as const;
export type HealthWord = (typeof HEALTH_WORDS)[number];

/** The word that files and people use for a health. */
export function healthWord(health: Health): HealthWord {
  return HEALTH_WORDS[health];
}

/** The health that a file's word stands for. */
export function healthOf(word: HealthWord): Health {
  return HEALTH_WORDS.indexOf(word) as Health;
}

/** What an instance runs. Absent: nobody knows, or nothing was ever installed. */
export interface Versions {
  codeVersion: string;
  configurationVersion: string;
  /** The digest of the artifact that they came in; absent: there is none, or nobody told. */
  artifact?: string;
}

/** One running copy of a service, as the fleet's source lists it. */
export interface Instance {
  name: string;
  address?: string;
  labels: Record<string, string>;
  /** What the file or the inventory says it runs; absent for a first install. */
  versions?: Versions;
  /** Absent: the source doesn't say. */
  health?: Health;
}

/** An instance with its place in one deployment: ordinals count from 0 and never change. */
export interface Member extends Instance {
  ordinal: number;
}

/** What one look at an instance brought. A version that health doesn't tell is absent. */
export type Probe =
  | {
      kind: 'answered';
      health: Health;
      codeVersion?: string;
      configurationVersion?: string;
      artifact?: string;
      /** Why it isn't healthy, in words; absent when it is. */
      reason?: string;
    }
  | { kind: 'unreachable'; reason: string };

/** What an instance ran, and how it was, before its first touch. Never changed once stored. */
export interface Snapshot {
  versions?: Versions;
  health: Health;
}

/** Whether they are one release. An artifact that one of them doesn't tell is no difference. */
export function sameVersions(a: Versions | undefined, b: Versions | undefined): boolean {
  return (
    a?.codeVersion === b?.codeVersion &&
    a?.configurationVersion === b?.configurationVersion &&
    (a?.artifact === undefined || b?.artifact === undefined || a.artifact === b.artifact)
  );
}

/** The versions, with the artifact that `known` tells of the same release where they don't tell one themselves. */
export function withArtifact(versions: Versions, known: Partial<Versions> | undefined): Versions {
  const { codeVersion, configurationVersion, artifact = known?.artifact } = versions;
  const same = codeVersion === known?.codeVersion && configurationVersion === known.configurationVersion;
  return artifact === undefined || !same ? versions : { codeVersion, configurationVersion, artifact };
}
