import { HEALTH, sameVersions, withArtifact, type Health, type Instance, type Probe, type Versions } from '../instance';
import type { DeploymentSpec } from '../spec';

/** What Belay last knew of an instance. */
export interface Recorded {
  versions?: Versions;
  health: Health;
}

/** How an instance is before the first touch. */
export interface Current {
  versions?: Versions;
  health: Health;
  /** Why it couldn't be reached; absent when it was, or when nobody tried. */
  unreachable?: string;
}

/** As probed; what the probe doesn't tell as recorded, else as listed. */
export function currentOf(listed: Instance, probe?: Probe, recorded?: Recorded): Current {
  const known = recorded?.versions ?? listed.versions;
  if (probe?.kind !== 'answered') {
    const health = recorded?.health ?? listed.health ?? HEALTH.UNKNOWN;
    return {
      ...(known === undefined ? {} : { versions: known }),
      health,
      ...(probe === undefined ? {} : { unreachable: probe.reason }),
    };
  }
  const codeVersion = probe.codeVersion ?? known?.codeVersion;
  const configurationVersion = probe.configurationVersion ?? known?.configurationVersion;
  if (codeVersion === undefined || configurationVersion === undefined) return { health: probe.health };
  const { artifact } = probe;
  const versions = { codeVersion, configurationVersion, ...(artifact === undefined ? {} : { artifact }) };
  return { versions: withArtifact(versions, known), health: probe.health };
}

/** What a deployment does with a member. */
export type Disposition =
  | 'change'
  /** Already healthy on the release. */
  | 'unchanged'
  /** Couldn't be reached, and is left out. */
  | 'excluded'
  /** Couldn't be reached, and nothing may begin. */
  | 'refused';

export function dispositionOf(
  spec: Pick<DeploymentSpec, 'release' | 'force' | 'unreachable'>,
  current: Current,
): Disposition {
  if (current.unreachable !== undefined) {
    if (spec.unreachable === 'refuse') return 'refused';
    if (spec.unreachable === 'exclude') return 'excluded';
    return 'change';
  }
  const there = sameVersions(current.versions, spec.release) && current.health === HEALTH.HEALTHY;
  return there && !spec.force ? 'unchanged' : 'change';
}

/** Whether it goes first: it isn't in service, so changing it costs nothing. */
export function goesFirst(current: Current): boolean {
  return current.health !== HEALTH.HEALTHY || current.unreachable !== undefined;
}
