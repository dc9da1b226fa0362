import {
  isGrpcServiceError,
  QueryRejectedError,
  WorkflowClient,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { Unreachable } from './errors';

/** The gRPC statuses that Belay tells apart. */
/** What a server may say whose caller's deadline passes. */
const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;
const UNAVAILABLE = 14;

const openOnly = new WeakMap<Client, WorkflowClient>();

/** A client whose queries only an open workflow answers: one that was terminated has no say any more. */
export function openWorkflows(client: Client): WorkflowClient {
  const known = openOnly.get(client);
  if (known !== undefined) return known;
  const { namespace, dataConverter, identity } = client.options;
  const made = new WorkflowClient({
    connection: client.connection,
    namespace,
    dataConverter,
    identity,
    queryRejectCondition: 'NOT_OPEN',
  });
  openOnly.set(client, made);
  return made;
}

/** Why Temporal gave no answer. */
export type NoAnswer =
  /** Nothing polls the task queue, or it didn't answer in time. */
  | { kind: 'no_worker' }
  /** No such workflow, or it is closed. */
  | { kind: 'gone' }
  | { kind: 'unreachable'; error: unknown };

export type Asked<T> = { kind: 'answered'; value: T } | NoAnswer;

/** Asks Temporal something, for at most `ms`. Whatever is no fault of the connection or the worker is thrown on. */
export async function ask<T>(client: Client, ms: number, question: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { kind: 'answered', value: await client.withDeadline(Date.now() + ms, question) };
  } catch (error) {
    const why = noAnswer(error);
    if (why === undefined) throw error;
    return why;
  }
}

/** Tells a missing answer from an answer that is an error (undefined). */
export function noAnswer(error: unknown): NoAnswer | undefined {
  if (error instanceof WorkflowNotFoundError || error instanceof QueryRejectedError) return { kind: 'gone' };
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return { kind: 'no_worker' };
  }
  switch (grpcCode(error)) {
    case NOT_FOUND:
      return { kind: 'gone' };
    case CANCELLED:
    case DEADLINE_EXCEEDED:
    case FAILED_PRECONDITION:
      return { kind: 'no_worker' };
    case UNAVAILABLE:
      return { kind: 'unreachable', error };
    default:
      return undefined;
  }
}

function grpcCode(error: unknown): number | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (isGrpcServiceError(at)) return at.code;
  }
  return undefined;
}

/** What to say when Temporal itself doesn't answer. */
export function temporalUnreachable(error: unknown): Unreachable {
  const detail = error instanceof Error ? error.message : String(error);
  return new Unreachable(`Temporal doesn't answer: ${detail}`, [
    'is the Temporal server running, and is its address right (TEMPORAL_ADDRESS, or the profile in temporal.toml)?',
    '`belay doctor` looks at each part of the way there',
  ]);
}
