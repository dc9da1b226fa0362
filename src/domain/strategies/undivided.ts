import { seriesOf, type Check, type MetricsSpec, type Series } from '../analysis';
import { namesIn } from '../analysis/template';
import type { DeploymentSpec } from '../spec';

/** What a query or an address holds in place of the name of a group of the fleet. */
export const FLEET_GROUP = '{{fleet_group}}';

/** A check that is asked of all groups at once, and where that is written. */
export interface Undivided {
  check: string;
  at: { kind: 'url' } | { kind: 'series' | 'usual'; series: Series } | { kind: 'query'; index: number };
}

/** Which checks are asked without the name of the group that is under way; heartbeats are told apart by themselves. */
export function undividedIn(source: MetricsSpec, checks: readonly Check[]): Undivided[] {
  if (source.kind === 'agent') return [];
  const own = checks.filter(({ quantity }) => quantity.kind === 'query');
  return checks.flatMap((check): Undivided[] => {
    const of = (at: Undivided['at']): Undivided => ({ check: check.name, at });
    if (source.kind === 'http') return isNamed(source.url) ? [] : [of({ kind: 'url' })];
    const { quantity } = check;
    if (quantity.kind === 'query') {
      return isNamed(quantity.query) || isOfEverybody(quantity.query)
        ? []
        : [of({ kind: 'query', index: own.indexOf(check) })];
    }
    return seriesOf(quantity).flatMap((series) => {
      const written = source.queries[series];
      if (written !== undefined && isNamed(written)) return [];
      return [of({ kind: written === undefined ? 'usual' : 'series', series })];
    });
  });
}

/** That groups are judged together, and what to do about it; undefined: they aren't. */
export function undividedText({ groups, analysis }: Pick<DeploymentSpec, 'groups' | 'analysis'>): string | undefined {
  if (groups === undefined || analysis === undefined) return undefined;
  const names = [...new Set(undividedIn(analysis.source, analysis.checks).map(({ check }) => check))];
  if (names.length === 0) return undefined;
  const what = analysis.source.kind === 'http' ? 'the address' : 'the queries';
  return (
    `groups go one after another, and ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} asked for of all at once: ` +
    `what others do passes for the group that is under way; write ${FLEET_GROUP} into ${what}, where the name of the group is to stand`
  );
}

export function isNamed(template: string): boolean {
  return namesIn(template).includes('fleet_group');
}

/** One that names neither release is meant to be of what they share. */
function isOfEverybody(template: string): boolean {
  const names = namesIn(template);
  return !['version', 'configuration_version', 'group'].some((each) => names.includes(each));
}
