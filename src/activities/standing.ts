import { homeOf } from '../domain/strategies/slot';
import { CANARY, STABLE } from '../domain/traffic';
import type { RoutedInstance } from '../drivers/traffic/driver';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { eachOf } from './running';

/** How many instances routers are told about at a time. */
const AT_ONCE = 10;

/** Where an instance belongs now: with what ran before, with the release, or out of service. */
interface Standing {
  instance: RoutedInstance;
  at: 'snapshot' | 'release' | 'out';
}

/** By what was recorded of them: only those that are good on the release are among those who serve it. */
async function standings({ store }: Tools, generation: number): Promise<Standing[]> {
  const [members, attempts, good] = await Promise.all([
    store.members(generation),
    store.attempts(generation),
    store.goodMembers(generation),
  ]);
  const attempted = new Set(attempts.map(({ name }) => name));
  const onRelease = new Set(good.map(({ name }) => name));
  return members.flatMap(({ name, address, labels, left, restored }): Standing[] => {
    if (left) return [];
    const instance = { name, labels, ...(address === undefined ? {} : { address }) };
    if (onRelease.has(name)) return [{ instance, at: 'release' }];
    return [{ instance, at: restored?.result === 'restored' || !attempted.has(name) ? 'snapshot' : 'out' }];
  });
}

/**
 * Puts every instance where it belongs, and has requests split by `share`. One that is being changed is its change's own
 * business. Until they are split so, those that nobody else would answer stay where they find somebody.
 */
export async function establish(
  tools: Tools,
  { traffic, request }: Deployment,
  generation: number,
  share: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const settled = await tools.store.isSettled(generation);
  const serving = (await standings(tools, generation)).filter(({ at }) => at !== 'out');
  const admit = (which: Standing['at'], groups: (home: string) => string[]) =>
    eachOf(
      serving.filter(({ at }) => at === which),
      AT_ONCE,
      async ({ instance, at }) => {
        signal.throwIfAborted();
        const home = homeOf(request.spec, instance, { towards: at === 'release' ? at : 'snapshot', settled });
        await traffic?.admit(instance, groups(home), signal);
      },
    );
  await admit('snapshot', (home) => [home]);
  const nobodyElse = serving.every(({ at }) => at === 'release');
  await admit('release', (home) => (nobodyElse && home === CANARY ? [STABLE, CANARY] : [home]));
  await share();
  if (nobodyElse) await admit('release', (home) => [home]);
}

/**
 * Makes what runs on the release the stable group: first they are in both, then all requests go to that one, then they are
 * in that one alone, so that there is somebody for every request all the time.
 */
export async function settle(
  tools: Tools,
  { traffic }: Deployment,
  generation: number,
  share: (weight: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const serving = (await standings(tools, generation)).filter(({ at }) => at !== 'out');
  await eachOf(serving, AT_ONCE, ({ instance, at }) =>
    traffic!.admit(instance, at === 'release' ? [STABLE, CANARY] : [STABLE], signal),
  );
  await share(0);
  await eachOf(serving, AT_ONCE, ({ instance }) => traffic!.admit(instance, [STABLE], signal));
}
