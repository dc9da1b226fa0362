import { FLEET_GROUP, isNamed, undividedIn } from '../../domain/strategies/undivided';
import { hasRouter } from '../../domain/traffic';
import { analysisOf } from './analysis';
import type { ParsedDeployment } from './schema';
import { writtenIn } from './traffic';
import type { Fault } from './traffic-fit';

type Beside = Partial<ParsedDeployment>;

/** Where what is measured names a group that isn't there, or doesn't name one that is judged by itself. */
export function dividedFaults(value: Beside): Fault[] {
  return value.groups === undefined ? placeholderFaults(value) : undividedFaults(value);
}

function placeholderFaults({ strategy, metrics, analysis }: Beside): Fault[] {
  const named = (path: PropertyKey[], text: string | undefined) => (text && isNamed(text) ? [path] : []);
  const series = metrics?.type === 'prometheus' ? Object.entries(metrics.queries) : [];
  const compared = strategy?.type === 'experiment' && typeof strategy.metric === 'object' ? strategy.metric : undefined;
  const paths = [
    ...(metrics?.type === 'http' ? named(['metrics', 'url'], metrics.url) : []),
    ...series.flatMap(([key, text]) => named(['metrics', 'queries', key], text)),
    ...(analysis?.checks ?? []).flatMap(({ query }, i) => named(['analysis', 'checks', i, 'query'], query)),
    ...(['hits', 'total'] as const).flatMap((key) => named(['strategy', 'metric', key], compared?.[key])),
  ];
  const grouped = strategy?.type !== 'experiment' && strategy?.type !== 'feature_flags';
  const right = grouped ? 'write groups: { by: region, order: [eu, us] }, or remove it' : 'remove it';
  return paths.map((path) => ({ path, message: `names ${FLEET_GROUP}, and there are no groups; ${right}` }));
}

/** Where requests are split group by group, those of the others would pass for its own. */
function undividedFaults({ strategy, traffic, groups, metrics, analysis }: Beside): Fault[] {
  const shares = strategy?.type === 'canary' || strategy?.type === 'blue_green';
  if (!shares || !groups || !metrics || !analysis || !hasRouter(writtenIn(traffic, '/'))) return [];
  const { source, checks } = analysisOf(analysis, metrics);
  const faults = new Map<string, Fault>();
  const why = 'of all groups at once, and each has its requests split, and judged, by itself';
  const label = `${groups.by}="${FLEET_GROUP}"`;
  for (const { at } of undividedIn(source, checks)) {
    const fault = (path: PropertyKey[], message: string) => faults.set(path.join('.'), { path, message });
    const named = `is ${why}; write ${FLEET_GROUP} where the name of the group is to stand, like`;
    if (at.kind === 'url') fault(['metrics', 'url'], `${named} http://stats/${FLEET_GROUP}?version={{version}}`);
    else if (at.kind === 'query') fault(['analysis', 'checks', at.index, 'query'], `${named} ${label}`);
    else if (at.kind === 'series') fault(['metrics', 'queries', at.series], `${named} ${label}`);
    else {
      const right = `write one with a label of the group in it, like ${label}`;
      fault(['metrics', 'queries', at.series], `is missing, and the usual query is ${why}; ${right}`);
    }
  }
  return [...faults.values()];
}
