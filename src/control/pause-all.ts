import type { ControlStore } from '../store/types';
import type { Asker, Delivered, PauseAnswer, Within } from './control';
import { Refused } from './errors';
import { parseDeploymentName, type DeploymentName } from './name';
import { isWithin } from './within';

/**
 * Pauses everything in flight; who refuses is listed with the reason, and stops nobody else's pause. That one is paused
 * already is what was wanted.
 */
export async function pauseAll(
  store: ControlStore,
  pause: (name: DeploymentName, asker: Asker) => Promise<Delivered>,
  isPaused: (name: DeploymentName) => Promise<boolean>,
  { within = {}, ...asker }: Asker & { within?: Within },
): Promise<PauseAnswer[]> {
  const { trace } = asker;
  const ids =
    trace?.aim?.deployments ?? (await store.inFlight()).filter((row) => isWithin(within, row)).map(({ id }) => id);
  if (trace?.aim === undefined) await trace?.keepAim({ deployments: ids });
  return Promise.all(
    ids.map(async (id): Promise<PauseAnswer> => {
      const name = parseDeploymentName(id);
      try {
        return { deployment: id, ok: true, delivered: await pause(name, asker) };
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (await isPaused(name)) return { deployment: id, ok: true, already: true };
        return { deployment: id, ok: false, reason: error.message };
      }
    }),
  );
}
