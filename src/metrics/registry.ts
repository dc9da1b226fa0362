import { collectDefaultMetrics, Registry } from 'prom-client';

let own: Registry | undefined;

/** What Prometheus' clients tell of every process: CPU, memory, garbage collection, the event loop's lag. One per process. */
function ofTheProcess(): Registry {
  if (own === undefined) {
    own = new Registry();
    collectDefaultMetrics({ register: own });
  }
  return own;
}

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** These metrics and the process's, as Prometheus reads them. */
export function exposition(registry: Registry): Promise<string> {
  return Registry.merge([ofTheProcess(), registry]).metrics();
}
