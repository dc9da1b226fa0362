import type { OnFailure, TerminalStatus } from '../../src/domain';
import type { Cause } from './cause';

/**
 * Which way a rollout goes; `failed`: only the failed ones go back, at the end of the way forward; `none`: it is switched
 * back, and nothing is done to any instance.
 */
export type Drive =
  | { kind: 'forward' }
  | { kind: 'paused' }
  | { kind: 'back'; which: 'touched' | 'failed' | 'none'; final: TerminalStatus }
  | { kind: 'ended'; status: TerminalStatus };

/** Where it goes once all that was in flight when it was stopped has ended. */
export function driveAfter(cause: Cause, onFailure: OnFailure, which: 'touched' | 'none'): Drive {
  switch (cause) {
    case 'abort':
      return { kind: 'ended', status: 'aborted' };
    case 'pause':
      return { kind: 'paused' };
    case 'rollback':
      return back('rolled_back', which);
    case 'cancel':
      return onFailure === 'rollback' ? back('cancelled', which) : { kind: 'ended', status: 'cancelled' };
    case 'threshold':
    case 'analysis':
    case 'traffic':
    case 'hook':
    case 'flags':
    case 'rejected':
    case 'approval_timeout':
    case 'deadline':
      if (onFailure === 'rollback') return back('rolled_back', which);
      return onFailure === 'pause' && cause !== 'deadline' ? { kind: 'paused' } : { kind: 'ended', status: 'failed' };
  }
}

function back(final: TerminalStatus, which: 'touched' | 'none'): Drive {
  return { kind: 'back', which, final };
}
