export { createActivities } from './create';
