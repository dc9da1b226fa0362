import type { Probe, Versions } from '../domain';
import { HEALTH } from '../domain';
import type { Desired } from '../domain/agent';
import type { Report } from './control-plane';
import type { AgentState } from './state';

/** How the instance is, as it was found. */
export function healthOf(probe: Probe): Pick<Report, 'health' | 'reason'> {
  if (probe.kind === 'unreachable') return { health: HEALTH.FAILED, reason: probe.reason };
  return { health: probe.health, ...(probe.reason === undefined ? {} : { reason: probe.reason }) };
}

/** As the instance tells; what it doesn't tell is what the agent has brought to it last. */
export function versionsOf(probe: Probe, { versions }: AgentState): Pick<Report, 'versions'> {
  const told: Partial<Versions> = probe.kind === 'answered' ? probe : {};
  const codeVersion = told.codeVersion ?? versions?.codeVersion;
  const configurationVersion = told.configurationVersion ?? versions?.configurationVersion;
  if (codeVersion === undefined || configurationVersion === undefined) return {};
  return { versions: { codeVersion, configurationVersion } };
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

export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message === '' ? (code ?? error.name) : error.message;
}
