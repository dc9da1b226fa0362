import { z } from 'zod';
import { parseDuration } from '../domain/duration';
import { RECONCILE_MODES, type ReconcileMode } from '../domain/reconcile';
import { object } from './object';
import { choice, converted } from './scalars';

/** A second is the least that keeps a database calm; 0: only when somebody asks. */
const LEAST_MS = 1_000;

const interval = converted('duration', 'write a duration of at least 1s, like 30s, or 0: only when asked', (text) => {
  const ms = text === '0' ? 0 : parseDuration(text);
  return ms === undefined || (ms !== 0 && ms < LEAST_MS) ? undefined : ms;
});

const RIGHT = `write ${RECONCILE_MODES.join(', ')}, or { mode: report, interval: 30s }`;
const settings = object(
  { mode: choice(RECONCILE_MODES).prefault('report'), interval: interval.prefault('30s') },
  RIGHT,
);

/** `reconcile` of a belay.yaml: a mode, or a map. */
export const reconcile = z.preprocess((given) => (typeof given === 'string' ? { mode: given } : given), settings);

/** What workers do outside of deployments. */
export interface ReconcileSection {
  mode: ReconcileMode;
  /** 0: only when somebody asks. */
  intervalMs: number;
}

export function reconcileOf({ mode, interval: intervalMs }: z.output<typeof settings>): ReconcileSection {
  return { mode, intervalMs };
}
