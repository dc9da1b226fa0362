import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { types } from 'node:util';
import { InputError } from '../domain/errors';
import { DriverRefusal } from '../drivers/target/driver';

/**
 * The failure that leaves an activity in place of an error. What a person has to put right is not tried again;
 * anything else (a lost database, a full disk, a fault of ours that the next worker may not have) is, without end.
 */
export function failureOf(error: unknown): ApplicationFailure | CancelledFailure {
  if (error instanceof CancelledFailure) return isShutdown(error) ? shutdown() : error;
  if (error instanceof ApplicationFailure) return error;
  const cause = types.isNativeError(error) ? error : new Error(String(error));
  const message = cause.message === '' ? cause.name : cause.message;
  return ApplicationFailure.create({ message, type: cause.name, cause, nonRetryable: isForPeople(cause) });
}

/** A worker's shutdown is nobody's wish that the work should end: another worker goes on. */
function isShutdown(error: CancelledFailure): boolean {
  return error.message === 'WORKER_SHUTDOWN';
}

function shutdown(): ApplicationFailure {
  return ApplicationFailure.retryable('the worker shuts down', 'WorkerShutdown');
}

function isForPeople(error: Error): boolean {
  return error instanceof InputError || error instanceof DriverRefusal;
}

/** The same function, out of which only failures come that Temporal understands. */
export function guarded<A extends unknown[], R>(run: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await run(...args);
    } catch (error) {
      throw failureOf(error);
    }
  };
}
