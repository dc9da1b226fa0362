import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowUpdateStage,
  type Client,
} from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { DeploymentSpec } from '../domain';
import type { ControlStore, Request, RequestedMember } from '../store/types';
import { begin, progress, workflowIdOf, WORKFLOW_TYPE, type DeploymentInput } from '../workflows/messages';
import type { Started } from './control';
import { Refused, Unreachable } from './errors';
import { ask, noAnswer, temporalUnreachable } from './temporal';

/** How long a worker may take to accept `begin`; what it does then (probing a fleet) takes its time. */
const ACCEPT_MS = 8_000;
const HOLDER_TRIES = 3;
const HOLDER_WAIT_MS = 300;
const QUERY_MS = 1_000;

/** Who runs deployments: the Temporal client and the queue that workers poll. */
export interface Orchestrator {
  client: Client;
  taskQueue: string;
}

/** Stores the request, then starts its workflow, which answers with an id or refuses. */
export async function startDeployment(
  orchestrator: Orchestrator,
  store: ControlStore,
  request: Omit<Request, 'id' | 'createdAt'>,
  members: RequestedMember[],
): Promise<Started> {
  const requestId = await store.createRequest(request, members);
  const { spec } = request;
  const workflowId = workflowIdOf(spec.environment, spec.service);
  const operation = startOperation(orchestrator.taskQueue, workflowId, requestId, request);
  const { client } = orchestrator;
  let handle;
  try {
    handle = await client.withDeadline(Date.now() + ACCEPT_MS, () =>
      client.workflow.startUpdateWithStart(begin, {
        startWorkflowOperation: operation,
        waitForStage: WorkflowUpdateStage.ACCEPTED,
        updateId: requestId,
      }),
    );
  } catch (error) {
    throw await notStarted(orchestrator, spec, error);
  }
  const begun = await handle.result();
  if (begun.kind === 'refused') throw new Refused(begun.message, [], begun.holder);
  return { id: begun.id, generation: begun.generation, workflow_id: workflowId, run_id: handle.workflowRunId ?? '' };
}

function startOperation(
  taskQueue: string,
  workflowId: string,
  requestId: string,
  request: Omit<Request, 'id' | 'createdAt'>,
) {
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

function releaseText({ kind, spec, rollbackOf }: Omit<Request, 'id' | 'createdAt'>): string {
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

/** Tells a conflict, a missing worker and a missing server apart. */
async function notStarted(orchestrator: Orchestrator, spec: DeploymentSpec, error: unknown): Promise<unknown> {
  const service = `${spec.environment}/${spec.service}`;
  if (error instanceof WorkflowExecutionAlreadyStartedError) return conflict(orchestrator, spec);
  const why = noAnswer(error);
  if (why === undefined) return error;
  if (why.kind !== 'no_worker') return temporalUnreachable(error);
  const handle = orchestrator.client.workflow.getHandle(workflowIdOf(spec.environment, spec.service));
  const exists = await ask(orchestrator.client, QUERY_MS, () => handle.describe());
  if (exists.kind !== 'answered') return temporalUnreachable(error);
  return new Unreachable(
    `No worker took the deployment of ${service} within ${ACCEPT_MS / 1000} s. It exists, though, and begins as soon as a worker runs.`,
    [
      `does a worker poll the task queue "${orchestrator.taskQueue}"? \`belay doctor\` tells; \`belay worker\` starts one`,
      `\`belay abort ${service}\` drops it: nothing is touched then`,
    ],
  );
}

/** Names the deployment in flight; one that was started a moment ago may not have begun yet. */
async function conflict({ client }: Orchestrator, spec: DeploymentSpec): Promise<Refused> {
  const service = `${spec.environment}/${spec.service}`;
  const handle = client.workflow.getHandle(workflowIdOf(spec.environment, spec.service));
  for (let tries = 0; tries < HOLDER_TRIES; tries++) {
    const asked = await ask(client, QUERY_MS, () => handle.query(progress)).catch(() => undefined);
    if (asked?.kind === 'answered' && asked.value.generation > 0) {
      const { id, status, actor } = asked.value;
      return new Refused(
        `${service} is being deployed already: ${id} (${status}, by ${actor})`,
        [`watch it with \`belay watch ${id}\`, or end it with \`belay abort ${id}\``],
        id,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, HOLDER_WAIT_MS));
  }
  return new Refused(`${service} is being deployed already`, [`\`belay status ${service}\` says more`], service);
}
