import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { InstanceDocument, MessageKind, StatusDocument } from '../domain';

/** What every message may carry. One `request_id` is applied once. */
export interface MessageFields {
  /** Refused when the deployment's generation is another. */
  generation?: number;
  by?: string;
  reason?: string;
  request_id?: string;
  /** `retry` and `skip`: names; absent or empty means every failed one. */
  instances?: string[];
}

/** `adjust` carries what it changes as a flat part of the message; sizes as in a spec: 3 or "10%". */
export interface AdjustFields extends MessageFields {
  batch_size?: number | string;
  window?: number;
  max_failures?: number | string;
}

export interface Accepted {
  accepted: true;
  deployment: string;
}

/** The answer to `begin`: the deployment's id, or why there is none. */
export type Begun =
  { kind: 'begun'; id: string; generation: number } | { kind: 'refused'; message: string; holder?: string };

export const WORKFLOW_TYPE = 'deployment';

/** The only argument of the workflow on its first run. */
export interface DeploymentInput {
  requestId: string;
  /** Continue as new from this many history events on; absent: 8,000. */
  continueAfterEvents?: number;
}

export const begin = defineUpdate<Begun>('begin');

/** Every message by its name, as an Update (validated at once) and as a Signal (for those who can't wait). */
export const update = (kind: MessageKind) => defineUpdate<Accepted, [AdjustFields?]>(kind);
export const signal = (kind: MessageKind) => defineSignal<[AdjustFields?]>(kind);

export const progress = defineQuery<StatusDocument>('progress');
export const plan = defineQuery<unknown>('plan');
export const instances = defineQuery<InstanceDocument[], [{ offset?: number; limit?: number }?]>('instances');

/** The id of the workflow that is a service's lock in an environment. */
export function workflowIdOf(environment: string, service: string): string {
  return `deploy/${environment}/${service}`;
}
