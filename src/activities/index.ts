export { createActivities } from './create';
export type { ActivityDependencies, WorkflowStates } from './dependencies';
