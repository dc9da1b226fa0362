import { HEALTH, healthWord, withArtifact, type Health, type Probe, type Versions } from '../domain';
import { shortDigest } from '../domain/artifact';
import type { InstanceState } from '../store/instance-state';

/** What an instance is to be like. */
export interface Goal {
  versions: Versions;
  /** No worse than this; UNKNOWN: in any condition, even out of reach. */
  health: Health;
}

/**
 * What keeps an instance from its goal, in words; undefined: it is there.
 * @param assumed stands in for versions that the probe doesn't tell
 */
export function faultOf(probe: Probe, goal: Goal, assumed: Partial<Versions> = {}): string | undefined {
  if (probe.kind === 'unreachable') return goal.health === HEALTH.UNKNOWN ? undefined : probe.reason;
  if (badness(probe.health) > badness(goal.health)) {
    return probe.reason ?? `it is ${healthWord(probe.health)}, wanted ${healthWord(goal.health)}`;
  }
  const { codeVersion, configurationVersion, artifact } = goal.versions;
  const code = probe.codeVersion ?? assumed.codeVersion;
  if (code !== codeVersion) return `answered ${code ?? 'no version'}, wanted ${codeVersion}`;
  const configuration = probe.configurationVersion ?? assumed.configurationVersion;
  if (configuration !== configurationVersion) {
    return `answered configuration ${configuration ?? 'unknown'}, wanted ${configurationVersion}`;
  }
  const told = probe.artifact ?? assumed.artifact;
  if (artifact === undefined || told === artifact) return undefined;
  return `answered ${told === undefined ? 'no artifact' : `artifact ${shortDigest(told)}`}, wanted ${shortDigest(artifact)}`;
}

/** From healthy to out of reach. */
function badness(health: Health): number {
  return health === HEALTH.UNKNOWN ? HEALTH.FAILED + 1 : health;
}

/** What a look shows, to be recorded; `assumed` as above. Versions that nobody knows are left as they were. */
export function stateOf(probe: Probe, assumed: Partial<Versions> = {}): InstanceState {
  const told: Partial<Versions> = probe.kind === 'answered' ? probe : {};
  const codeVersion = told.codeVersion ?? assumed.codeVersion;
  const configurationVersion = told.configurationVersion ?? assumed.configurationVersion;
  const health = probe.kind === 'answered' ? probe.health : HEALTH.FAILED;
  if (codeVersion === undefined || configurationVersion === undefined) return { health };
  const { artifact } = told;
  const versions = { codeVersion, configurationVersion, ...(artifact === undefined ? {} : { artifact }) };
  return { versions: withArtifact(versions, assumed), health };
}
