import type { Client } from '@temporalio/client';
import { isTerminal } from '../domain';
import type { Aim } from '../store/answers';
import type { ControlStore } from '../store/types';
import { workflowIdOf } from '../workflows/messages';
import { lookUp } from './find';
import type { DeploymentName } from './name';
import { ask, temporalUnreachable } from './temporal';

const ASK_MS = 5_000;

/**
 * Whom a message is for: sent again, it must reach the same one, and no later one of the service. Undefined: there is
 * nobody to take it.
 */
export async function aimOf(client: Client, store: ControlStore, name: DeploymentName): Promise<Aim | undefined> {
  if (name.generation !== undefined) return { generation: name.generation };
  const row = await lookUp(store, name);
  if (row !== undefined && !isTerminal(row.status)) return { generation: row.generation };
  // One that begins has no generation yet that anybody knows.
  const handle = client.workflow.getHandle(workflowIdOf(name.environment, name.service));
  const found = await ask(client, ASK_MS, () => handle.describe());
  switch (found.kind) {
    case 'answered':
      return found.value.status.name === 'RUNNING' ? { run_id: found.value.runId } : undefined;
    case 'gone':
      return undefined;
    case 'unreachable':
      throw temporalUnreachable(found.error);
    case 'no_worker':
      throw temporalUnreachable(new Error(`no answer within ${ASK_MS / 1000} s`));
  }
}
