/** The queue that deployments wait in for a worker: BELAY_TASK_QUEUE, else `belay`. */
export function taskQueueOf(env: NodeJS.ProcessEnv = process.env): string {
  return env.BELAY_TASK_QUEUE || 'belay';
}
