import type { Moment } from '../hooks';
import type { RolloutCommand } from './command';
import { ask, calendarFirst } from './delivery';
import type { RolloutState } from './state';
import type { Status } from '../status';

/** What these find out is for what comes next: they run when that may be done. */
const AHEAD: readonly Moment[] = ['pre_deploy', 'pre_batch', 'pre_traffic'];

/**
 * Runs the hook of a moment, once for each `occasion`; whether it has to be waited for. One that only informs runs beside
 * whatever comes next; that of a failure always does, for there is nothing left that it could stop.
 */
export function hookFirst(state: RolloutState, moment: Moment, occasion: string, commands: RolloutCommand[]): boolean {
  const { delivery, policy } = state;
  const rule = policy.hooks?.[moment];
  if (rule === undefined || delivery.hooked[moment] === occasion) return false;
  if (AHEAD.includes(moment) && calendarFirst(state, commands)) return true;
  delivery.hooked[moment] = occasion;
  const gates = rule.gate && moment !== 'on_failure';
  ask(state, { kind: 'hook', hook: moment, moment: occasion, ...standing(state) }, commands, gates);
  return gates;
}

/** Where it stands, for whoever the hook tells. */
export function standing(state: RolloutState): {
  status: Status;
  weight?: number;
  reason?: string;
} {
  const { status, reason } = state;
  const weight = weightOf(state);
  return { status, ...(weight !== null && { weight }), ...(reason !== null && { reason }) };
}

/** What the release has of the requests, where there is a router; null: nobody knows. */
function weightOf({ mode, delivery, policy }: RolloutState): number | null {
  if (policy.router !== true) return null;
  // On the way forward, whoever was never given any has none.
  return delivery.weight ?? (mode === 'forward' && delivery.exposed === 0 ? 0 : null);
}
