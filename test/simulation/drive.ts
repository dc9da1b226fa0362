import type { OnFailure, TerminalStatus } from '../../src/domain';
import type { Cause } from './cause';

/** Which way a rollout goes; `failed`: only the failed ones go back, at the end of the way forward. */
export type Drive =
  | { kind: 'forward' }
  | { kind: 'paused' }
  | { kind: 'back'; which: 'touched' | 'failed'; final: TerminalStatus }
  | { kind: 'ended'; status: TerminalStatus };

/** Where it goes once all that was in flight when it was stopped has ended. */
export function driveAfter(cause: Cause, onFailure: OnFailure): Drive {
  switch (cause) {
    case 'abort':
      return { kind: 'ended', status: 'aborted' };
    case 'pause':
      return { kind: 'paused' };
    case 'rollback':
      return back('rolled_back');
    case 'cancel':
      return onFailure === 'rollback' ? back('cancelled') : { kind: 'ended', status: 'cancelled' };
    case 'threshold':
    case 'rejected':
    case 'approval_timeout':
    case 'deadline':
      if (onFailure === 'rollback') return back('rolled_back');
      return onFailure === 'pause' && cause !== 'deadline' ? { kind: 'paused' } : { kind: 'ended', status: 'failed' };
  }
}

function back(final: TerminalStatus): Drive {
  return { kind: 'back', which: 'touched', final };
}
