import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** Lets the patrol wait for what was decided together with it: the same activities in another order. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      async scheduleActivity(input, next) {
        if (input.activityType === 'patrol') for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        return next(input);
      },
    },
  ],
});
