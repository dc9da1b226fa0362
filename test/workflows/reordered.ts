import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** Lets every line of the event log wait for what was decided together with it: the same activities in another order. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      async scheduleActivity(input, next) {
        if (input.activityType === 'log') for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        return next(input);
      },
    },
  ],
});
