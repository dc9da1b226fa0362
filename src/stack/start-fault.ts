import { types } from 'node:util';
import { Unreachable } from '../control/errors';

/** The error to tell in place of this one: where this machine refuses what a stack needs, what a person can look at. */
export function startFault(error: unknown, stateDir: string): unknown {
  if (!types.isNativeError(error) || !('syscall' in error)) return error;
  const fault = new Unreachable(`A stack can't start from ${stateDir}: ${error.message}`, [
    'may this user write there, and has the disk room? BELAY_STATE_DIR names another folder',
    'is everything in there that Belay made? What it keeps is what deployments are remembered by',
    'or name servers that are there: TEMPORAL_ADDRESS and DATABASE_URL',
  ]);
  fault.cause = error;
  return fault;
}
