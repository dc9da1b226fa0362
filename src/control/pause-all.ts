import type { ControlStore } from '../store/types';
import type { Asker, Delivered, PauseAnswer } from './control';
import { Refused } from './errors';
import { parseDeploymentName, type DeploymentName } from './name';

/** Pauses everything in flight; who refuses is listed with the reason, and stops nobody else's pause. */
export async function pauseAll(
  store: ControlStore,
  pause: (name: DeploymentName, asker: Asker) => Promise<Delivered>,
  asker: Asker,
): Promise<PauseAnswer[]> {
  const rows = await store.inFlight();
  return Promise.all(
    rows.map(async ({ id }): Promise<PauseAnswer> => {
      try {
        return { deployment: id, ok: true, delivered: await pause(parseDeploymentName(id), asker) };
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return { deployment: id, ok: false, reason: error.message };
      }
    }),
  );
}
