import type { Moment } from '../hooks';
import type { RolloutCommand } from './command';
import { ask } from './delivery';
import type { RolloutState } from './state';
import type { Status } from '../status';

/**
 * Runs the hook of a moment, once for each `occasion`; whether it has to be waited for. One that only informs runs beside
 * whatever comes next; that of a failure always does, for there is nothing left that it could stop.
 */
export function hookFirst(state: RolloutState, moment: Moment, occasion: string, commands: RolloutCommand[]): boolean {
  const { delivery, policy } = state;
  const rule = policy.hooks?.[moment];
  if (rule === undefined || delivery.hooked[moment] === occasion) return false;
  delivery.hooked[moment] = occasion;
  const gates = rule.gate && moment !== 'on_failure';
  ask(state, { kind: 'hook', hook: moment, moment: occasion, ...standing(state) }, commands, gates);
  return gates;
}

/** Where it stands, for whoever the hook tells. */
export function standing({ status, reason, delivery, policy }: RolloutState): {
  status: Status;
  weight?: number;
  reason?: string;
} {
  return {
    status,
    ...(policy.router === true && delivery.weight !== null && { weight: delivery.weight }),
    ...(reason !== null && { reason }),
  };
}
