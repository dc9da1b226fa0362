import { HEALTH, sameVersions, type Health, type Versions } from '../instance';
import { triedOf, type Episode } from './tried';

/** `off`: nothing is done. `report`: newcomers are brought, drift is told. `repair`: drift is repaired, too. */
export const RECONCILE_MODES = ['off', 'report', 'repair'] as const;
export type ReconcileMode = (typeof RECONCILE_MODES)[number];

/** An instance of a fleet, as far as it matters here. Excluded and deleted ones aren't of it. */
export interface FleetInstance {
  name: string;
  health: Health;
  /** Its heartbeats have stopped. */
  silent: boolean;
  versions?: Versions;
  /** When it registered last. */
  enrolledAt: Date;
  /** Some deployment has it. */
  isHeld: boolean;
  /** A person's deployment of the service has had it since it joined. */
  isKnown: boolean;
  /** What later deployments than the one that left the desired state did with it, the oldest first. */
  episodes: Episode[];
}

export type DriftKind = 'newcomer' | 'drifted' | 'silent' | 'repair_failed';

/** What is to become of an instance that differs. */
export interface Verdict {
  kind: DriftKind;
  will: 'bring' | 'repair' | 'wait' | 'nothing';
  /** Why not at once, or not at all. */
  reason?: string;
}

export interface Circumstances {
  desired: Versions;
  mode: ReconcileMode;
  /** Why nothing can begin now: a freeze, a deployment in flight, a refusal a moment ago. */
  obstacle?: string;
}

/** How an instance differs from what it is to run, and what is done about it; undefined: it doesn't, or it can't be told now. */
export function verdictOf(instance: FleetInstance, { desired, mode, obstacle }: Circumstances): Verdict | undefined {
  if (instance.silent) return { kind: 'silent', will: 'nothing', reason: 'its heartbeats have stopped' };
  if (instance.isHeld || instance.health === HEALTH.UNKNOWN) return undefined;
  if (sameVersions(instance.versions, desired)) return undefined;
  const { brought, person, failed } = triedOf(instance);
  const kind = instance.isKnown || brought || person !== undefined ? 'drifted' : 'newcomer';
  if (failed !== undefined) return { kind: 'repair_failed', will: 'nothing', reason: failed };
  if (person !== undefined) return { kind, will: 'nothing', reason: `${person} had it by name: that is left as it is` };
  if (mode === 'off') return { kind, will: 'nothing', reason: 'reconcile is off' };
  if (kind === 'drifted' && mode === 'report') return { kind, will: 'nothing', reason: 'reconcile only reports' };
  if (obstacle !== undefined) return { kind, will: 'wait', reason: obstacle };
  return { kind, will: kind === 'newcomer' ? 'bring' : 'repair' };
}
