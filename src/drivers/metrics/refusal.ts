import type { DeploymentSpec } from '../../domain';
import type { Quantity } from '../../domain/analysis';
import { askedOf } from '../../domain/strategies/asked';
import type { MetricsSource, Question } from './source';

/** Of what time a question is tried out, whatever was measured then. */
const LOOK_MS = 30_000;

type Judged = Pick<DeploymentSpec, 'service' | 'environment' | 'release' | 'groups' | 'analysis' | 'metrics'> &
  Partial<Pick<DeploymentSpec, 'strategy'>>;

/**
 * Why a release can never be judged as its deployment says, like by queries with mistakes in them, each with where it
 * stands; undefined: it can, as far as can be told before anything is touched.
 */
export async function whyUnmeasurable(
  source: MetricsSource,
  spec: Judged,
  now: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = new Map<string, string>();
  for (const { name, quantity, question } of questionsOf(spec, now)) {
    const why = await source.refusal(question, signal);
    // One that is wrong for several is told once.
    if (why !== undefined && !found.has(why))
      found.set(why, `${placeOf(spec, quantity)}${name} can't be measured: ${why}`);
  }
  return found.size === 0 ? undefined : [...found.values()].join('; and ');
}

/** `analysis.checks[1].query: `, where a query of the user's own stands; nothing of those that Belay knows. */
function placeOf(
  { analysis, strategy }: Pick<DeploymentSpec, 'analysis'> & Partial<Pick<DeploymentSpec, 'strategy'>>,
  quantity: Quantity,
): string {
  if (quantity.kind !== 'query') return '';
  const own = (analysis?.checks ?? []).filter((each) => each.quantity.kind === 'query');
  const index = own.findIndex((each) => each.quantity === quantity);
  if (index >= 0) return `analysis.checks[${index}].query: `;
  if (strategy?.kind !== 'experiment' || strategy.metric.kind !== 'query') return '';
  return `strategy.metric.${strategy.metric.hits === quantity.query ? 'hits' : 'total'}: `;
}

/** Who isn't there to tell how a release does, or tells nothing of it: that may be otherwise once it runs, or elsewhere. */
export async function untold(source: MetricsSource, spec: Judged, now: number, signal: AbortSignal): Promise<string[]> {
  const notes = new Set<string>();
  for (const { name, question } of questionsOf(spec, now)) {
    const reading = await source.read(question, signal);
    if (reading.kind !== 'nothing') continue;
    if (reading.unreachable) return [`what judges it tells nothing here: ${reading.why}`];
    // Series of a release begin with its instances; a document has its parts at any time.
    if (askedOf(spec)?.source.kind !== 'http') continue;
    notes.add(`${name}: ${reading.why}; correct it, unless only the release tells it`);
  }
  return [...notes];
}

function questionsOf(spec: Judged, now: number): { name: string; quantity: Quantity; question: Question }[] {
  const { service, environment, release: versions, groups } = spec;
  // What fits one group fits them all.
  const first = groups?.order[0];
  const where = groups === undefined || first === undefined ? {} : { fleetGroup: { name: first, groups } };
  const window = { from: new Date(now - LOOK_MS), until: new Date(now) };
  return (askedOf(spec)?.asked ?? []).map(({ name, quantity }) => ({
    name,
    quantity,
    question: { service, environment, quantity, group: 'release', versions, ...where, ...window },
  }));
}
