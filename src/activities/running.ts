import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { setTimeout as delay } from 'node:timers/promises';
import { timerMs } from '../domain/timer';

const HEARTBEAT_MS = 3_000;

/** Runs an activity's work with heartbeats; its signal is aborted when the activity is to stop. */
export async function heartbeating<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  // None at the start: most work ends before the first one is due, and each costs a call to the server.
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}

/**
 * Whether somebody asked for the end of this work. An activity is stopped for other reasons, too: its worker
 * shuts down, or Temporal has given it to somebody else; then the work isn't over.
 */
export function isAskedToStop(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof CancelledFailure && signal.reason.message === 'CANCELLED';
}

/** Waits, unless the activity is to stop. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await delay(timerMs(ms), undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

/** What `bounded` answers when the time was over. */
export const TIME_IS_OVER = Symbol('time is over');

/**
 * Runs work whose signal is aborted after `ms`, and when the outer signal is. The end of the work is awaited.
 * @returns `TIME_IS_OVER` when the work was ended by the time; throws what the outer signal says when by that
 */
export async function bounded<T>(
  ms: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | typeof TIME_IS_OVER> {
  outer.throwIfAborted();
  const controller = new AbortController();
  let over = false;
  const stop = () => controller.abort(outer.reason);
  outer.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(() => {
    over = true;
    controller.abort(new Error(`the time is over: ${ms} ms`));
  }, timerMs(ms));
  try {
    return await work(controller.signal);
  } catch (error) {
    if (over) return TIME_IS_OVER;
    outer.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', stop);
  }
}

/** Does `work` for every item, at most `limit` at a time; answers in the order of the items. */
export async function eachOf<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const answers = new Array<R>(items.length);
  const entries = items.entries();
  const worker = async () => {
    for (const [index, item] of entries) answers[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return answers;
}
