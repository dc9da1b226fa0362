import type { Logger } from '@temporalio/worker';
import type { Store } from './store';
import type { Retention } from './store/retention';

const HOUR_MS = 60 * 60 * 1000;

/** Clears away what is older than it is to be kept, now and once an hour, beside all other work. Answers with what ends that. */
export function keepHouse(
  store: Pick<Store, 'forgetRefused' | 'forgetOld'>,
  retention: Retention,
  logger: Pick<Logger, 'warn'>,
): () => void {
  let ended = false;
  const clear = () => {
    Promise.all([store.forgetRefused(), store.forgetOld(retention)]).catch((error: unknown) => {
      // Tried again in an hour, and by every worker that starts.
      if (!ended) logger.warn('What is older than it is to be kept could not be deleted', { error });
    });
  };
  clear();
  const timer = setInterval(clear, HOUR_MS);
  timer.unref();
  return () => {
    ended = true;
    clearInterval(timer);
  };
}
