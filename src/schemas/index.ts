export { readDeploymentFile } from './deployment/read';
export { readDesired } from './desired';
export { readInstances } from './instances';
export { applyOptions, type DeployOptions } from './options';
export { readSnapshot } from './snapshot';
export { specOfFiles, specOfSnapshot } from './two-files';
export { loadDeployment } from './load';
export { readPlan } from './plan-file';
