import { hostname } from 'node:os';
import type { DeploymentSpec, Member } from './domain';
import { missingFlagTexts, flagsNamed } from './domain/flags';
import type { Foreseen, PlannedBehind } from './domain/plan';
import { slotOf } from './domain/strategies/slot';
import { createHook } from './drivers/hook/create';
import { createTrafficDriver } from './drivers/traffic/create';
import { Routers } from './drivers/traffic/routers';
import { routableBy } from './drivers/traffic/unroutable';
import { measurableHere } from './measuring';

/** Keys of the flags of an environment; undefined: nobody can tell. */
export type FlagsThere = (environment: string) => Promise<string[] | undefined>;

/** What is known of a deployment beside its spec and its members. */
export interface Around {
  flags: FlagsThere;
  /** What of the service is in flight. */
  inFlight?: PlannedBehind | undefined;
}

/** What would keep a deployment from beginning, beside its instances, as far as can be found out from this process. */
export async function foresee(
  spec: DeploymentSpec,
  members: readonly Member[],
  { flags, inFlight }: Around,
): Promise<Foreseen> {
  const routers = Routers.of(spec, (traffic) => createTrafficDriver(traffic, spec, { environment: process.env }));
  const asked = { back: false, ...(inFlight && { inFlight: inFlight.id }) };
  const [measurable, routed, missing, unrunnable] = await Promise.all([
    measurableHere(spec),
    routableBy(routers, spec, members, asked, new AbortController().signal),
    missingHere(spec, flags),
    unrunnableHere(spec),
  ]);
  const unroutable = 'refused' in routed ? routed : undefined;
  const refused = unroutable === undefined || unroutable.unreached ? [] : [unroutable.refused];
  const unreached = unroutable?.unreached ? [unreachedText(spec, unroutable.refused)] : [];
  return {
    refusals: [...measurable.refusals, ...refused, ...missing],
    notes: [
      ...[...unreached, ...unrunnable].map((why) => `a worker on ${hostname()} would refuse it: ${why}`),
      ...measurable.notes,
    ],
    serving:
      'refused' in routed ? [] : servingOf(spec, members, (each) => routed.get(routers?.groupOf(each))?.sides?.before),
  };
}

function unreachedText({ strategy }: DeploymentSpec, why: string): string {
  if (strategy.kind !== 'blue_green') return why;
  return `${why} Which group serves only the routers tell, so that both are listed as if they were changed.`;
}

/** Hooks that a worker on this machine couldn't run. */
async function unrunnableHere({ hooks = {} }: DeploymentSpec): Promise<string[]> {
  const named = Object.entries(hooks);
  const problems = await Promise.all(named.map(([name, hook]) => createHook(hook, process.env).problems(name)));
  return problems.flat();
}

async function missingHere(spec: DeploymentSpec, flags: FlagsThere): Promise<string[]> {
  if (flagsNamed(spec).length === 0) return [];
  const there = await flags(spec.environment);
  return there === undefined ? [] : missingFlagTexts(spec, there);
}

/** Those of the group that has all requests. */
function servingOf(
  { strategy }: DeploymentSpec,
  members: readonly Member[],
  live: (member: Member) => string | undefined,
): string[] {
  if (strategy.kind !== 'blue_green') return [];
  const serves = (member: Member) => live(member) !== undefined && slotOf(strategy, member) === live(member);
  return members.filter(serves).map(({ name }) => name);
}
