import type { Logger } from '@temporalio/worker';
import type { Store } from './store';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Clears away old requests now and once a day, beside all other work. Answers with what ends that. */
export function keepHouse(store: Pick<Store, 'forgetRefused'>, logger: Pick<Logger, 'warn'>): () => void {
  let ended = false;
  const clear = () => {
    store.forgetRefused().catch((error: unknown) => {
      // Tried again tomorrow, and by every worker that starts.
      if (!ended) logger.warn('Old requests that never began could not be deleted', { error });
    });
  };
  clear();
  const timer = setInterval(clear, DAY_MS);
  timer.unref();
  return () => {
    ended = true;
    clearInterval(timer);
  };
}
