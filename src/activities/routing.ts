import { setTimeout as delay } from 'node:timers/promises';
import { homeOf } from '../domain/strategies/slot';
import { TrafficFault, type RoutedInstance } from '../drivers/traffic/driver';
import { lookedAtAnew } from './alone';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { sharedIn, sidesIn } from './routable';
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
  if (routed.deployment.routers === undefined) return;
  await lookedAtAnew(tools, routed.deployment);
  const there = await settledThere(tools, routed);
  for (let tries = 0; tries < TRIES; tries++) {
    if ((await putIn(there, AbortSignal.timeout(PUT_BACK_MS))) === undefined) return;
    await delay(BETWEEN_TRIES_MS);
  }
}

/** The same, with whether the release is what is stable where the instance is, whatever its work was told. */
export async function settledThere<R extends Routed>(tools: Tools, routed: R): Promise<R> {
  if (routed.settled || routed.deployment.routers === undefined) return routed;
  return { ...routed, settled: await isStable(tools, routed) };
}

/**
 * Whether the release is what is stable where an instance is: a rollback of its own found it so, the instance joined a
 * group whose turn is over, or one that had no instances and so nobody whose requests could be split.
 */
async function isStable(tools: Tools, { deployment, key, instance }: Routed): Promise<boolean> {
  const group = deployment.routers?.groupOf(instance);
  const begun = await tools.deployments.begun(key.generation);
  const sides = sidesIn(begun, group);
  if (begun.mode === 'rollback') return (sharedIn(begun, group)?.exposed ?? 0) === 0;
  return sides === undefined || (group !== undefined && (await tools.store.isSettled(key.generation, group)));
}

/** Puts one that wasn't changed after all back to where it was. */
export async function putBack({ deployment, key, instance, settled }: Routed): Promise<void> {
  const { routers, request } = deployment;
  const was = key.towards === 'release' ? 'snapshot' : 'release';
  const home = homeOf(request.spec, instance, { towards: was, settled });
  await faultOf('', () => routers?.to(instance).admit(instance, [home], AbortSignal.timeout(PUT_BACK_MS)));
}

const PUT_BACK_MS = 5_000;
const TRIES = 3;
const BETWEEN_TRIES_MS = 500;

async function faultOf(what: string, work: () => Promise<void> | undefined): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof TrafficFault) return `${what}: ${error.message}`;
    throw error;
  }
}
