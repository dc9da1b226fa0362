import { timerMs } from '../../domain/timer';

/** What `within` answers when the time was over. */
export const TOO_LATE = Symbol('too late');

/** Runs work whose signal is aborted after `ms`, and by the outer one; the end of the work is awaited. */
export async function within<T>(
  ms: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | typeof TOO_LATE> {
  outer.throwIfAborted();
  const stop = new AbortController();
  const abort = (): void => stop.abort(outer.reason);
  outer.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => stop.abort(TOO_LATE), timerMs(ms));
  try {
    return await work(stop.signal);
  } catch (error) {
    outer.throwIfAborted();
    if (stop.signal.reason === TOO_LATE) return TOO_LATE;
    throw error;
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  }
}
