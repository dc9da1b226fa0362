import { HEALTH, sameVersions, type Instance } from '../domain';
import { currentOf, dispositionOf, type Current, type Recorded } from '../domain/plan';
import type { Request, RequestedMember } from '../store/types';
import type { TakenSnapshot } from '../store/work-member';
import type { Deployment } from './deployments';
import { Refusal } from './refusal';
import { eachOf } from './running';
import { LOOKS_AT_ONCE } from './sweep';
import { listedTarget } from './target';
import { instances, lines, versionsText } from './wording';

/** An instance as it was found. */
export interface Found<I extends Instance = Instance> {
  instance: I;
  current: Current;
}

/** Looks at instances before their first touch; their ordinals go on from `from`. */
export function lookAt<I extends Instance>(
  { request, driver }: Deployment,
  instancesFound: { instance: I; ordinal: number }[],
  recorded: Map<string, Recorded>,
  generation: number,
  signal: AbortSignal,
): Promise<Found<I>[]> {
  return eachOf(instancesFound, LOOKS_AT_ONCE, async ({ instance, ordinal }) => {
    signal.throwIfAborted();
    const known = recorded.get(instance.name);
    const target = listedTarget(request, instance, { ordinal, deployment: generation }, known);
    const probe = await driver.probe(target, signal);
    return { instance, current: currentOf(instance, probe, known) };
  });
}

/** What is kept of it. Out of reach is the worst condition: a restore can't make it worse. */
export function takenOf(ordinal: number, { current }: Found, excluded: boolean): TakenSnapshot {
  const { versions, health, unreachable } = current;
  return {
    ordinal,
    snapshot: {
      ...(versions === undefined ? {} : { versions }),
      health: unreachable === undefined ? health : HEALTH.UNKNOWN,
    },
    excluded,
    unreachable: unreachable !== undefined,
  };
}

/** What a rollback touches is listed, reachable or not: it does what it can. */
export function isExcluded(request: Request, { current }: Found): boolean {
  return request.kind !== 'rollback' && dispositionOf(request.spec, current) === 'excluded';
}

/** Refuses a fleet that isn't as it must be before anything is touched. */
export function refuseUnfit(request: Request, found: Found<RequestedMember>[]): void {
  refuseUnreachable(request, found);
  if (request.expected !== undefined) refuseChanged(request.expected, found);
}

function refuseUnreachable(request: Request, found: Found[]): void {
  const away = found.filter(({ current }) => current.unreachable !== undefined);
  const refused = request.kind !== 'rollback' && request.spec.unreachable === 'refuse';
  const allExcluded = found.every((one) => isExcluded(request, one));
  if (away.length === 0 || !(refused || allExcluded)) return;
  const names = away.map(({ instance, current }) => `${instance.name}: ${current.unreachable ?? ''}`);
  const remedy =
    allExcluded && !refused
      ? 'nothing is left to deploy to; bring one up first'
      : 'bring them up first, or set `unreachable: exclude` to leave them out, or `include` to change them all the same';
  throw new Refusal(`${away.length} of ${instances(found.length)} can't be reached:\n${lines(names)}\n${remedy}`);
}

function refuseChanged(expected: NonNullable<Request['expected']>, found: Found[]): void {
  const now = new Map(found.map(({ instance, current }) => [instance.name, current.versions]));
  const planned = new Set(expected.map(({ name }) => name));
  const differences = [
    ...expected.flatMap(({ name, versions }) => {
      if (!now.has(name)) return [`${name}: planned, and not targeted any more`];
      if (sameVersions(versions, now.get(name))) return [];
      return [`${name}: ${versionsText(versions)} in the plan, ${versionsText(now.get(name))} now`];
    }),
    ...[...now.keys()].filter((name) => !planned.has(name)).map((name) => `${name}: not in the plan`),
  ];
  if (differences.length === 0) return;
  throw new Refusal(
    `the fleet has changed since the plan:\n${lines(differences)}\nmake a new plan with \`belay plan --out\``,
  );
}
