import { homeOf } from '../domain/strategies/slot';
import { TrafficFault, type RoutedInstance } from '../drivers/traffic/driver';
import { lookedAtAnew } from './alone';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import type { WorkKey } from '../store/work-attempt';

/** What is done to an instance's requests around its change. */
export interface Routed {
  deployment: Deployment;
  key: Pick<WorkKey, 'towards' | 'generation'>;
  instance: RoutedInstance;
  /** The release is what is stable by now. */
  settled: boolean;
}

/** Takes an instance out of service before it is changed; why that couldn't be done. */
export function takeOut({ deployment, instance }: Routed, signal: AbortSignal): Promise<string | undefined> {
  const { routers } = deployment;
  return faultOf('it could not be taken out of service', () => routers?.to(instance).drain(instance, signal));
}

/** Puts one that is good into its group; why that couldn't be done. */
export function putIn(
  { deployment, key, instance, settled }: Routed,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { routers, request } = deployment;
  const home = homeOf(request.spec, instance, { towards: key.towards, settled });
  return faultOf('it is good, but could not be put into service', () =>
    routers?.to(instance).admit(instance, [home], signal),
  );
}

/**
 * Puts one that is recorded as good into its group once more: whoever looked before that may have kept it out meanwhile.
 */
export async function putInAgain(tools: Tools, routed: Routed): Promise<void> {
  const { deployment, key, instance } = routed;
  const group = deployment.routers?.groupOf(instance);
  if (deployment.routers === undefined) return;
  await lookedAtAnew(tools, deployment);
  // Who joined late may be of a group whose turn is over.
  const settled = routed.settled || (group !== undefined && (await tools.store.isSettled(key.generation, group)));
  await putIn({ ...routed, settled }, AbortSignal.timeout(PUT_BACK_MS));
}

/** Puts one that wasn't changed after all back to where it was. */
export async function putBack({ deployment, key, instance }: Routed): Promise<void> {
  const { routers, request } = deployment;
  const was = key.towards === 'release' ? 'snapshot' : 'release';
  const home = homeOf(request.spec, instance, { towards: was, settled: false });
  await faultOf('', () => routers?.to(instance).admit(instance, [home], AbortSignal.timeout(PUT_BACK_MS)));
}

const PUT_BACK_MS = 5_000;

async function faultOf(what: string, work: () => Promise<void> | undefined): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof TrafficFault) return `${what}: ${error.message}`;
    throw error;
  }
}
