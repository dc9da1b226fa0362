import { HEALTH } from '../domain';
import { homeOf } from '../domain/strategies/slot';
import { CANARY, STABLE } from '../domain/traffic';
import type { RoutedInstance } from '../drivers/traffic/driver';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { sharedIn } from './routable';
import { eachOf } from './running';

/** How many instances routers are told about at a time. */
const AT_ONCE = 10;

/** Where an instance belongs now: with what ran before, with the release, or out of service. */
interface Standing {
  instance: RoutedInstance;
  at: 'snapshot' | 'release' | 'out';
}

/** Where instances were put, by their names. */
export type Standings = ReadonlyMap<string, Standing>;

/** A group of a fleet whose routers are its own; an undefined one is all of the fleet. */
export interface Part {
  deployment: Deployment;
  generation: number;
  group: string | undefined;
}

/** By what was recorded of them: only those that are good on the release are among those who serve it. */
export async function standings(
  { store, deployments }: Tools,
  { deployment: { routers }, generation, group }: Part,
): Promise<Standings> {
  const [all, attempts, good, begun] = await Promise.all([
    store.members(generation),
    store.attempts(generation),
    store.goodMembers(generation),
    deployments.begun(generation),
  ]);
  const members = all.filter((each) => routers?.groupOf(each) === group);
  const attempted = new Set(attempts.map(({ name }) => name));
  const onRelease = new Set(good.map(({ name }) => name));
  // What goes back because it has a share of the requests is the release's until it is back, where it is well.
  const had = sharedIn(begun, group);
  const shared = begun.mode === 'rollback' && (had?.exposed ?? 0) > 0;
  return new Map(
    members.flatMap(({ name, address, labels, left, excluded, restored, snapshot }): [string, Standing][] => {
      if (left) return [];
      const instance = { name, labels, ...(address === undefined ? {} : { address }) };
      if (onRelease.has(name)) return [[name, { instance, at: 'release' }]];
      if (restored?.result === 'restored') return [[name, { instance, at: 'snapshot' }]];
      if (attempted.has(name)) return [[name, { instance, at: 'out' }]];
      const well = !excluded && snapshot?.health === HEALTH.HEALTHY;
      if (shared) return [[name, { instance, at: well ? 'release' : 'out' }]];
      // Whoever was not well before it was touched is left where it is.
      return well ? [[name, { instance, at: 'snapshot' }]] : [];
    }),
  );
}

/**
 * Puts instances where they belong, has requests split by `share`, and answers with where they are. Those that are to be in
 * service are put there; who is out of it is `keepOut`'s. Until requests are split so, those that nobody else would answer
 * stay where they find somebody.
 * @param before where they were put already
 */
export async function establish(
  tools: Tools,
  part: Part,
  share: () => Promise<void>,
  signal: AbortSignal,
  before: Standings = new Map(),
): Promise<Standings> {
  const { deployment, generation, group } = part;
  const { request, routers } = deployment;
  const settled = await tools.store.isSettled(generation, group);
  const now = await standings(tools, part);
  const serving = [...now.values()].filter(({ at }) => at !== 'out');
  const admit = (which: Standing['at'], groups: (home: string) => string[]) =>
    eachOf(
      serving.filter(({ at, instance }) => at === which && before.get(instance.name)?.at !== at),
      AT_ONCE,
      async ({ instance, at }) => {
        signal.throwIfAborted();
        const home = homeOf(request.spec, instance, { towards: at === 'release' ? at : 'snapshot', settled });
        await routers?.in(group).admit(instance, groups(home), signal);
      },
    );
  await admit('snapshot', (home) => [home]);
  const nobodyElse = serving.every(({ at }) => at === 'release');
  await admit('release', (home) => (nobodyElse && home === CANARY ? [STABLE, CANARY] : [home]));
  await share();
  if (nobodyElse) await admit('release', (home) => [home]);
  return now;
}

/**
 * Takes those out of service that belong nowhere: a router that was started again has them in it. Requests that are under
 * way there aren't waited for: whoever changes such an instance does that.
 */
export async function keepOut({ deployment, group }: Part, now: Standings, signal: AbortSignal): Promise<void> {
  const out = [...now.values()].filter(({ at }) => at === 'out');
  await eachOf(out, AT_ONCE, async ({ instance }) => deployment.routers?.in(group).admit(instance, [], signal));
}

export function isAnyOut(standings: Standings): boolean {
  return [...standings.values()].some(({ at }) => at === 'out');
}

/**
 * Makes what runs on the release the stable group: first they are in both, then all requests go to that one, then they are
 * in that one alone, so that there is somebody for every request all the time.
 */
export async function settle(
  tools: Tools,
  part: Part,
  share: (weight: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const router = part.deployment.routers?.in(part.group);
  const serving = [...(await standings(tools, part)).values()].filter(({ at }) => at !== 'out');
  await eachOf(serving, AT_ONCE, async ({ instance, at }) =>
    router?.admit(instance, at === 'release' ? [STABLE, CANARY] : [STABLE], signal),
  );
  await share(0);
  await eachOf(serving, AT_ONCE, async ({ instance }) => router?.admit(instance, [STABLE], signal));
}
