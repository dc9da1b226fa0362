import type { Plan, PlannedMember } from './plan';
import { releaseText } from './words';

type Comparable = Pick<
  Plan,
  'environment' | 'service' | 'release' | 'members' | 'steps' | 'limits' | 'command' | 'driver'
>;

/**
 * How a plan made earlier differs from one made now from the same spec; nothing when it still holds.
 * Each difference is a sentence: `web-03 ran 1.4.0 / 11 when planned, runs 1.5.0 / 12 now`.
 */
export function planDifferences(planned: Comparable, now: Comparable): string[] {
  const was = new Map(planned.members.map((member) => [member.instance_id, member]));
  const is = new Map(now.members.map((member) => [member.instance_id, member]));
  const found = [
    ...changed('the deployment', `${planned.environment}/${planned.service}`, `${now.environment}/${now.service}`),
    ...changed('the release', releaseText(planned.release), releaseText(now.release)),
    ...changed('the driver', planned.driver, now.driver),
    ...changed('the command', JSON.stringify(planned.command), JSON.stringify(now.command)),
    ...changed('the limit', planned.limits.summary, now.limits.summary),
    ...[...was.keys()].filter((name) => !is.has(name)).map((name) => `${name} was targeted when planned, isn't now`),
    ...[...is.keys()].filter((name) => !was.has(name)).map((name) => `${name} wasn't targeted when planned, is now`),
    ...[...is].flatMap(([name, member]) => memberDifferences(was.get(name), member)),
  ];
  if (found.length > 0 || JSON.stringify(planned.steps) === JSON.stringify(now.steps)) return found;
  return ['the steps were others when planned: the strategy, the order or the approvals have changed'];
}

function changed(what: string, before: string | undefined, now: string | undefined): string[] {
  return before === now ? [] : [`${what} was ${before ?? 'none'} when planned, is ${now ?? 'none'} now`];
}

function memberDifferences(before: PlannedMember | undefined, now: PlannedMember): string[] {
  if (before === undefined) return [];
  const name = now.instance_id;
  if (before.reachable !== now.reachable) {
    return [
      now.reachable
        ? `${name} couldn't be reached when planned, can be now`
        : `${name} could be reached when planned, can't be now`,
    ];
  }
  const [ran, runs] = [versionsText(before), versionsText(now)];
  if (ran !== runs) return [`${name} ran ${ran} when planned, runs ${runs} now`];
  return before.health === now.health ? [] : [`${name} was ${before.health} when planned, is ${now.health} now`];
}

function versionsText({ code_version, configuration_version, artifact }: PlannedMember): string {
  if (code_version === null || configuration_version === null) return 'nothing known';
  return releaseText({ code_version, configuration_version, ...(artifact === undefined ? {} : { artifact }) });
}
