import { CANARY, STABLE, type HaproxyTrafficSpec } from '../../../domain/traffic';

/** How the backends of a spec share the requests. */
export type Layout =
  /** One backend gets all of them. */
  | { kind: 'single'; group: string; backend: string }
  /** The release gets so many percent of them. */
  | { kind: 'share'; stable: string; canary: string }
  /** One of them gets all, the others none; by group, in the order of their names. */
  | { kind: 'slots'; slots: readonly Slot[] };

export interface Slot {
  group: string;
  backend: string;
}

export function layoutOf({ backends }: Pick<HaproxyTrafficSpec, 'backends'>): Layout {
  const { [STABLE]: stable, [CANARY]: canary } = backends;
  if (stable !== undefined && canary !== undefined) return { kind: 'share', stable, canary };
  // Not in the order of the file: a database doesn't keep it.
  const slots = Object.keys(backends)
    .sort()
    .map((group) => ({ group, backend: backends[group] ?? '' }));
  const [only] = slots;
  return slots.length === 1 && only !== undefined ? { kind: 'single', ...only } : { kind: 'slots', slots };
}
