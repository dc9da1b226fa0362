import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateStage,
  type Client,
  type WorkflowUpdateHandle,
} from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { isTerminal, type DeploymentSpec, type StatusDocument } from '../domain';
import type { Request, RequestedMember } from '../store/types';
import { begin, progress, workflowIdOf, WORKFLOW_TYPE, type Begun, type DeploymentInput } from '../workflows/messages';
import type { Started } from './control';
import { Refused, Unreachable } from './errors';
import { refuseFrozen } from './freeze';
import { holderNamed, isRepair, makeWay } from './make-way';
import type { DirectStore } from './store';
import { ask, noAnswer, openWorkflows, temporalUnreachable } from './temporal';

/** How long a worker may take to accept `begin`; what it does then (probing a fleet) takes its time. */
const ACCEPT_MS = 8_000;
/** How long one whose end is written down may take to close. */
const CLOSING_MS = 10_000;
/** How long the one that is in the way is given to begin, so that it can be named. */
const BEGINNING_MS = 5_000;
const RETRY_MS = 200;
const QUERY_MS = 1_000;

type NewRequest = Omit<Request, 'id' | 'createdAt'>;

/** Who runs deployments: the Temporal client and the queue that workers poll. */
export interface Orchestrator {
  client: Client;
  taskQueue: string;
}

/** Stores the request (under an id that is given, once), then starts its workflow, which answers with an id or refuses. A repair that is in the way is stopped. */
export async function startDeployment(
  orchestrator: Orchestrator,
  store: DirectStore,
  request: NewRequest,
  members: RequestedMember[],
  id?: string,
): Promise<Started> {
  await refuseFrozen(store, request);
  const requestId = await store.createRequest(request, members, id);
  const { environment, service } = request.spec;
  const workflowId = workflowIdOf(environment, service);
  /** Repairs that made way: each is asked once. */
  const stopped = new Set<string>();
  const stop = async (holder: StatusDocument | undefined) => {
    if (!isRepair(holder, request) || stopped.has(holder.id)) return false;
    stopped.add(holder.id);
    return makeWay(orchestrator.client, store, holder, request);
  };
  for (;;) {
    const handle = await startWorkflow(orchestrator, workflowId, requestId, request, stop);
    const begun = await answerOf(handle);
    if (begun.kind === 'refused') {
      // Another service's repair may have an instance of this one.
      if (await stop(await holderNamed(store, begun.holder))) continue;
      throw new Refused(begun.message, [], begun.holder);
    }
    const { generation } = begun;
    for (const reason of stopped) {
      await store.appendEvent({ generation, environment, service, type: 'repair_stopped', by: request.actor, reason });
    }
    return { id: begun.id, generation, workflow_id: workflowId, run_id: handle.workflowRunId ?? '' };
  }
}

/** What `begin` answers. */
export async function answerOf(handle: WorkflowUpdateHandle<Begun>): Promise<Begun> {
  try {
    return await handle.result();
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    throw new Refused(`the deployment did not begin: ${error.cause?.message ?? error.message}`);
  }
}

/** One that has ended may take a moment to close: it is waited for. */
async function startWorkflow(
  orchestrator: Orchestrator,
  workflowId: string,
  requestId: string,
  request: NewRequest,
  stop: (holder: StatusDocument | undefined) => Promise<boolean>,
): Promise<WorkflowUpdateHandle<Begun>> {
  const { client, taskQueue } = orchestrator;
  for (let until = Date.now() + CLOSING_MS; ; await sleep(RETRY_MS)) {
    try {
      return await client.withDeadline(Date.now() + ACCEPT_MS, () =>
        client.workflow.startUpdateWithStart(begin, {
          startWorkflowOperation: startOperation(taskQueue, workflowId, requestId, request),
          waitForStage: WorkflowUpdateStage.ACCEPTED,
          updateId: requestId,
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError))
        throw await notStarted(orchestrator, request.spec, error);
      const found = await lookAtHolder(client, workflowId);
      const holder = found === 'gone' ? undefined : found;
      const closing = found === 'gone' || (holder !== undefined && isTerminal(holder.status));
      if (!closing && (await stop(holder))) until = Date.now() + CLOSING_MS;
      else if (!closing || Date.now() > until) throw conflict(request.spec, holder);
    }
  }
}

function startOperation(taskQueue: string, workflowId: string, requestId: string, request: NewRequest) {
  const { spec, actor, note } = request;
  const release = releaseText(request);
  const input: DeploymentInput = { requestId };
  return new WithStartWorkflowOperation(WORKFLOW_TYPE, {
    workflowId,
    taskQueue,
    args: [input],
    workflowIdConflictPolicy: 'FAIL',
    memo: {
      service: spec.service,
      environment: spec.environment,
      release,
      actor,
      note: note ?? '',
      request: requestId,
    },
    typedSearchAttributes: searchAttributes(spec, release),
    staticSummary: `${spec.environment}/${spec.service}: ${release}`,
  });
}

function releaseText({ kind, spec, rollbackOf }: NewRequest): string {
  if (kind === 'rollback') return rollbackOf === undefined ? 'rollback to a snapshot' : `rollback of ${rollbackOf}`;
  return `${spec.release.codeVersion} / ${spec.release.configurationVersion}`;
}

function searchAttributes(spec: DeploymentSpec, release: string): SearchAttributePair[] {
  const values = {
    BelayService: spec.service,
    BelayEnvironment: spec.environment,
    BelayRelease: release,
    BelayStrategy: spec.strategy.kind,
    BelayStatus: 'pending',
  };
  return Object.entries(values).map(([name, value]) => ({ key: defineSearchAttributeKey(name, 'KEYWORD'), value }));
}

/** Tells a missing worker and a missing server apart. */
async function notStarted({ client, taskQueue }: Orchestrator, spec: DeploymentSpec, error: unknown): Promise<unknown> {
  const why = noAnswer(error);
  if (why === undefined) return error;
  if (why.kind !== 'no_worker') return temporalUnreachable(error);
  const handle = client.workflow.getHandle(workflowIdOf(spec.environment, spec.service));
  const exists = await ask(client, QUERY_MS, () => handle.describe());
  if (exists.kind !== 'answered') return temporalUnreachable(error);
  const service = `${spec.environment}/${spec.service}`;
  return new Unreachable(
    `No worker took the deployment of ${service} within ${ACCEPT_MS / 1000} s. It exists, though, and begins as soon as a worker runs.`,
    [
      `does a worker poll the task queue "${taskQueue}"? \`belay doctor\` tells; \`belay worker\` starts one`,
      `\`belay abort ${service}\` drops it: nothing is touched then`,
    ],
  );
}

/** The deployment in flight; gone: it has closed, maybe without ever having begun. */
type Holder = StatusDocument | 'gone' | undefined;

const looks = new WeakMap<Client, Map<string, Promise<Holder>>>();

/** Looks once for all who found the same one in their way: its worker has better things to do than to answer hundreds. */
async function lookAtHolder(client: Client, workflowId: string): Promise<Holder> {
  const mine = looks.get(client) ?? new Map<string, Promise<Holder>>();
  looks.set(client, mine);
  const look = mine.get(workflowId) ?? holderOf(client, workflowId).finally(() => mine.delete(workflowId));
  mine.set(workflowId, look);
  return look;
}

/** One that was started a moment ago may still be beginning. */
async function holderOf(client: Client, workflowId: string): Promise<Holder> {
  const handle = openWorkflows(client).getHandle(workflowId);
  for (const until = Date.now() + BEGINNING_MS; Date.now() < until; await sleep(RETRY_MS)) {
    const asked = await ask(client, QUERY_MS, () => handle.query(progress)).catch(() => undefined);
    if (asked?.kind === 'answered') return asked.value;
    if (asked?.kind === 'gone') return 'gone';
    if (asked?.kind === 'unreachable') return undefined;
  }
  return undefined;
}

function conflict(spec: DeploymentSpec, holder: StatusDocument | undefined): Refused {
  const service = `${spec.environment}/${spec.service}`;
  if (holder === undefined) {
    return new Refused(`${service} is being deployed already`, [`\`belay status ${service}\` says more`], service);
  }
  const { id, status, actor } = holder;
  return new Refused(
    `${service} is being deployed already: ${id} (${status}, by ${actor})`,
    [`watch it with \`belay watch ${id}\`, or end it with \`belay abort ${id}\``],
    id,
  );
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
