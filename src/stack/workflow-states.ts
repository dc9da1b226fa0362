import { WorkflowNotFoundError, type Client } from '@temporalio/client';

/** Whether a workflow that has instances still runs; `runId` is the first of its chain of runs. */
export function workflowStatesOf(client: Client): {
  state(workflowId: string, runId: string): Promise<'running' | 'closed' | 'unknown'>;
} {
  return {
    async state(workflowId, runId) {
      try {
        const latest = await client.workflow.getHandle(workflowId).describe();
        // An id is used again once its workflow has closed: another chain means that this one is over.
        if (latest.raw.workflowExecutionInfo?.firstRunId !== runId) return 'closed';
        return latest.status.name === 'RUNNING' ? 'running' : 'closed';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'unknown';
        throw error;
      }
    },
  };
}
