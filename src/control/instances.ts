import type { Client } from '@temporalio/client';
import { healthWord, releaseDocument, type InstanceDocument } from '../domain';
import type { ControlStore, DeploymentRow, MemberRow } from '../store/types';
import { instances, progress, workflowIdOf } from '../workflows/messages';
import type { DeploymentName } from './name';
import { ask } from './temporal';

const QUERY_MS = 4_000;
const PAGE = 500;

/** Names of instances that are being worked on, of the first 500; none when the workflow doesn't tell. */
export async function busyInstances(client: Client, name: DeploymentName, limit: number): Promise<string[]> {
  const page = (await pageOf(client, workflowIdOf(name.environment, name.service), 0)) ?? [];
  return page.flatMap((each) => (stateWord(each.state) === 'in_flight' ? [each.instance_id] : [])).slice(0, limit);
}

/**
 * Every member of a deployment: what was recorded of it, and the state that the workflow holds,
 * as long as Temporal keeps that; without it, the state that the recorded outcomes tell.
 */
export async function instancesOf(
  client: Client,
  store: ControlStore,
  row: DeploymentRow,
): Promise<InstanceDocument[]> {
  const members = await store.members(row.generation);
  const states = await statesOf(client, row, members.length);
  return members.map((member) => {
    const document = instanceDocument(member);
    const state = states[member.ordinal];
    return state === undefined ? document : { ...document, state };
  });
}

/** States by ordinal; none where Temporal doesn't tell, or tells of another deployment of the service. */
async function statesOf(client: Client, row: DeploymentRow, total: number): Promise<string[]> {
  const handle = client.workflow.getHandle(row.workflowId);
  const told = await ask(client, QUERY_MS, () => handle.query(progress)).catch(() => undefined);
  if (told?.kind !== 'answered' || told.value.generation !== row.generation) return [];
  const states: string[] = [];
  while (states.length < total) {
    const page = await pageOf(client, row.workflowId, states.length);
    if (page === undefined || page.length === 0) return [];
    states.push(...page.map((each) => stateWord(each.state)));
  }
  return states;
}

async function pageOf(client: Client, workflowId: string, offset: number): Promise<InstanceDocument[] | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  const asked = await ask(client, QUERY_MS, () => handle.query(instances, { offset, limit: PAGE })).catch(
    () => undefined,
  );
  return asked?.kind === 'answered' ? asked.value : undefined;
}

/** The engine's phases by the names that counts have; these are what documents use. */
const WORDS: Record<string, string> = {
  changing: 'in_flight',
  restoring: 'in_flight',
  good: 'succeeded',
  restored: 'rolled_back',
  excluded: 'skipped',
  left: 'skipped',
};

function stateWord(state: string): string {
  return WORDS[state] ?? state;
}

/** A member as documents list it, by what the database recorded of it. */
export function instanceDocument(row: MemberRow): InstanceDocument {
  const now = row.recorded ?? row.snapshot;
  const versions = now?.versions ?? row.versions;
  const outcome = row.restored ?? row.changed;
  return {
    instance_id: row.name,
    state: stateOf(row),
    ...(versions === undefined ? {} : releaseDocument(versions)),
    ...(now === undefined ? {} : { health: healthWord(now.health) }),
    ...(outcome?.reason === undefined ? {} : { reason: outcome.reason }),
    ...(outcome === undefined ? {} : { attempts: outcome.attempts }),
  };
}

function stateOf({ left, excluded, restored, changed }: MemberRow): string {
  if (left || excluded) return 'skipped';
  if (restored !== undefined) return restored.result === 'restored' ? 'rolled_back' : 'unresolved';
  switch (changed?.result) {
    case 'good':
      return 'succeeded';
    case 'failed':
      return 'failed';
    case 'cancelled':
      return 'unresolved';
    case 'left':
      return 'skipped';
    case undefined:
      return 'pending';
  }
}
