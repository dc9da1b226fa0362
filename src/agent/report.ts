import type { Probe, Versions } from '../domain';
import { HEALTH, sameVersions } from '../domain';
import type { Desired } from '../domain/agent';
import { sameRelease, type Release } from './artifact/release';
import type { Report } from './control-plane';
import type { AgentState } from './state';

/** How the instance is, as it was found. */
export function healthOf(probe: Probe): Pick<Report, 'health' | 'reason'> {
  if (probe.kind === 'unreachable') return { health: HEALTH.FAILED, reason: probe.reason };
  return { health: probe.health, ...(probe.reason === undefined ? {} : { reason: probe.reason }) };
}

/**
 * What the agent knows of what the instance runs: what it has brought last, unless `current` points elsewhere by now, because
 * an update ended halfway, or by somebody's own hand.
 */
export function recordedOf({ versions, installed }: AgentState, current: Release | undefined): Versions | undefined {
  return current === undefined || sameRelease(current, installed) ? versions : current;
}

/** As the instance tells; what it doesn't tell is as recorded: the first of them, if there are several. */
export function versionsOf(probe: Probe, ...recorded: (Versions | undefined)[]): Pick<Report, 'versions'> {
  const told: Partial<Versions> = probe.kind === 'answered' ? probe : {};
  const codeVersion = told.codeVersion ?? recorded[0]?.codeVersion;
  const configurationVersion = told.configurationVersion ?? recorded[0]?.configurationVersion;
  if (codeVersion === undefined || configurationVersion === undefined) return {};
  const versions = { codeVersion, configurationVersion };
  const artifact = recorded.find((known) => sameVersions({ ...known, ...versions }, known))?.artifact;
  return { versions: artifact === undefined ? versions : { ...versions, artifact } };
}

/** What a deployment goes by, and nothing else. */
export function brief({ reason: _, metrics: __, ...report }: Report): Report {
  return report;
}

/** `the update to 1.5.0 / 12 (generation 7)` */
export function updateText({ versions, generation, attempt }: Desired): string {
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  return `the update to ${versions.codeVersion} / ${versions.configurationVersion} (generation ${generation}${again})`;
}

/** A wait, by chance up to that share of it shorter or longer: a fleet that began together spreads. */
export function jittered(ms: number, share: number): number {
  return ms * (1 + share * (2 * Math.random() - 1));
}
