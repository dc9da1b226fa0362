import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@temporalio/worker';
import { sweepWhenDue } from './control/reconcile';
import type { Orchestrator } from './control/start';
import type { DirectStore } from './control/store';
import { timerMs } from './domain/timer';
import type { ReconcileSettings } from './store';

interface Reconciler extends Orchestrator {
  store: DirectStore;
}

/**
 * Sweeps over all fleets every now and then, beside all other work. Of several workers, one does it each time.
 * Answers with what ends that: a sweep that is under way fails then, and nobody needs it.
 */
export function keepReconciled(
  reconciler: Reconciler,
  settings: ReconcileSettings,
  logger: Pick<Logger, 'warn'>,
): () => void {
  const ended = new AbortController();
  void goOn(reconciler, settings, logger, ended.signal);
  return () => ended.abort();
}

async function goOn(
  reconciler: Reconciler,
  settings: ReconcileSettings,
  logger: Pick<Logger, 'warn'>,
  ended: AbortSignal,
): Promise<void> {
  let isConfigured = false;
  do {
    try {
      if (!isConfigured) await reconciler.store.configureReconciliation(settings);
      isConfigured = true;
      // Whoever asks sweeps by themselves.
      if (settings.intervalMs === 0) return;
      await sweepWhenDue(reconciler, settings);
    } catch (error) {
      // The next sweep begins anew, and by then the database or Temporal may answer.
      if (!ended.aborted) logger.warn('A sweep over the fleets failed', { error });
    }
    await delay(timerMs(settings.intervalMs || RETRY_MS), undefined, { signal: ended }).catch(() => {});
  } while (!ended.aborted);
}

const RETRY_MS = 5_000;
