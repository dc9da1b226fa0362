import { Refused, Unreachable } from '../control/errors';
import type { Status } from '../domain';
import { InputError } from '../domain/errors';

/** What an exit status of the command line means. Scripts hold on to these. */
export const EXIT = {
  SUCCEEDED: 0,
  FAILED: 1,
  USAGE: 2,
  ROLLED_BACK: 3,
  REFUSED: 4,
  UNREACHABLE: 5,
  STILL_GOING: 6,
  INTERRUPTED: 130,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** The exit status for where a deployment stands. */
export function exitOfStatus(status: Status): Exit {
  switch (status) {
    case 'succeeded':
      return EXIT.SUCCEEDED;
    case 'rolled_back':
      return EXIT.ROLLED_BACK;
    case 'failed':
    case 'completed_with_failures':
    case 'aborted':
    case 'cancelled':
    case 'rollback_incomplete':
      return EXIT.FAILED;
    case 'pending':
    case 'running':
    case 'paused':
    case 'awaiting_approval':
    case 'rolling_back':
      return EXIT.STILL_GOING;
  }
}

/** The exit status of a verb that asked for that very end: `rollback` for rolled_back, `abort` for aborted. */
export function exitOfWanted(status: Status, wanted: Status): Exit {
  return status === wanted ? EXIT.SUCCEEDED : exitOfStatus(status);
}

/** The exit status for an error; undefined for one that nobody foresaw. */
export function exitOfError(error: unknown): Exit | undefined {
  if (error instanceof InputError) return EXIT.USAGE;
  if (error instanceof Refused) return EXIT.REFUSED;
  if (error instanceof Unreachable) return EXIT.UNREACHABLE;
  return undefined;
}
