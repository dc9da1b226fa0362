import type { Tools } from './dependencies';
import type { Deployment } from './deployments';

/** Throws when somebody else may have begun meanwhile, because this process stood still. */
type Held = () => Promise<void>;

/**
 * Whoever sets a service's routers does so alone, across its deployments: what a guard sets again mustn't come after what
 * a shift has just replaced, nor what one deployment left after what the next one has set.
 */
export function alone<T>({ store }: Tools, { request }: Deployment, work: (held: Held) => Promise<T>): Promise<T> {
  const { environment, service } = request.spec;
  return store.exclusively(`traffic of ${environment}/${service}`, work);
}

/**
 * Waits until nobody puts instances anywhere by what was recorded before now: whoever still took one that is about to be
 * changed for untouched would give it requests again.
 */
export async function lookedAtAnew(tools: Tools, deployment: Deployment): Promise<void> {
  if (deployment.routers !== undefined) await alone(tools, deployment, async () => undefined);
}
