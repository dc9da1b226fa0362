import type { Client } from '@temporalio/client';
import type { Standing } from './control';
import { findDeployment } from './find';
import type { DeploymentName } from './name';
import { standingOf } from './status';
import type { DirectStore } from './store';

/** How long a look is waited for, with what follows from it. */
const LOOK_MS = 10_000;
const ASK_MS = 50;
/** How often it is asked whether anything will come of it. */
const STANDING_MS = 1_000;

/**
 * Has a deployment look at its instances now. What that brought has been taken in when this answers, and those whose
 * turn came next have been told what to run; after ten seconds it answers all the same.
 */
export async function advance(client: Client, store: DirectStore, name: DeploymentName): Promise<Standing> {
  const row = await findDeployment(store, name);
  const look = await store.askLook(row.generation);
  let standingAt = Date.now() + STANDING_MS;
  for (
    const end = Date.now() + LOOK_MS;
    Date.now() < end;
    await new Promise((resolve) => setTimeout(resolve, ASK_MS))
  ) {
    const { done, ended } = await store.looks(row.generation);
    if (ended || done >= look) break;
    if (Date.now() < standingAt) continue;
    standingAt = Date.now() + STANDING_MS;
    const { document } = await standingOf(client, store, row);
    // It waits for a person or a clock: no look will be taken.
    if (document.awaiting !== undefined || document.status === 'paused' || document.driver !== 'agent') break;
  }
  return standingOf(client, store, (await store.deployment(row.generation)) ?? row);
}
