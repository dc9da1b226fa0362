import type { Client } from '@temporalio/client';
import type { StatusDocument } from '../domain';
import type { Request } from '../store/types';
import { Refused } from './errors';
import { sendMessage } from './message';
import { parseDeploymentName } from './name';
import type { DirectStore } from './store';

/** How long a repair may take to stop what it does. */
const ENDING_MS = 60_000;
/** How long one that has just been claimed for may take to be there. */
const BEGINNING_MS = 5_000;
const LOOK_MS = 100;

type Asked = Pick<Request, 'kind' | 'actor' | 'spec'>;

/** Whether what stands in the way is a repair, and what is asked for isn't. */
export function isRepair(holder: StatusDocument | undefined, { kind }: Asked): holder is StatusDocument {
  return holder?.kind === 'reconcile' && kind !== 'reconcile';
}

/** Stops a repair for something that a person asked for, and waits for its end. False: it takes too long. */
export async function makeWay(
  client: Client,
  store: DirectStore,
  { id, generation }: StatusDocument,
  { actor, kind, spec }: Asked,
): Promise<boolean> {
  await store.supersede(generation);
  const reason = `it makes way for a ${kind === 'rollback' ? 'rollback' : 'deployment'} of ${spec.environment}/${spec.service}`;
  try {
    await sendMessage(client, store, parseDeploymentName(id), 'abort', { by: actor, reason });
  } catch (error) {
    // It has ended, or somebody else has stopped it.
    if (!(error instanceof Refused)) throw error;
  }
  return until(ENDING_MS, async () => (await store.deployment(generation))?.endedAt !== undefined);
}

/** The deployment that a refusal names, once it is there. */
export async function holderNamed(store: DirectStore, id: string | undefined): Promise<StatusDocument | undefined> {
  const generation = id === undefined ? undefined : parseDeploymentName(id).generation;
  if (generation === undefined) return undefined;
  let document: StatusDocument | undefined;
  await until(BEGINNING_MS, async () => {
    document = (await store.deployment(generation))?.document;
    return document !== undefined;
  });
  return document;
}

async function until(ms: number, isSo: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, LOOK_MS))) {
    if (await isSo()) return true;
  }
  return false;
}
