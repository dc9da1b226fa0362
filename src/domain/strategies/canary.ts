import type { Stage } from '../rollout/stage';
import type { CanaryStrategy, StrategyStep } from '../spec';
import { flagStages } from './flag-stages';

/** What of a step needs the release on some instances. */
const NEEDS_RELEASE: readonly StrategyStep['kind'][] = ['traffic', 'analyze', 'bake', 'hook'];

/** No instance has to carry more than so many times its usual requests while others are on the other side. */
const MOST_LOAD = 2;

/**
 * The course of a canary. Instances come before their share of the requests, so that those find somebody; only the last
 * share is the other way round where requests can be told apart, since whoever still ran what was before would have nobody to leave the others to.
 * A leap goes by shares in between, so that neither side is overloaded meanwhile.
 */
export function canaryCourse(
  { steps, match }: CanaryStrategy,
  router: boolean,
  flags: Record<string, number> = {},
): Stage[] {
  const first = steps.findIndex(({ kind }) => NEEDS_RELEASE.includes(kind));
  const begins = steps.findIndex(({ kind }) => kind === 'traffic' || kind === 'update');
  const last = steps.map((step) => step.kind === 'traffic' && step.weight === 100).lastIndexOf(true);
  let changed = 0;
  const course = steps.flatMap((step, index): Stage[] => {
    const stages = stagesOf(step, router, changed);
    if (step.kind === 'traffic') changed = Math.max(changed, step.weight);
    else if (step.kind === 'update') changed = Math.max(changed, step.percent);
    const early = index === first && begins > first ? firstShare(steps[begins]) : [];
    // Testers are let in as soon as there is something to test.
    const testers: Stage[] =
      index === Math.min(first, begins) && match.length > 0 ? [{ kind: 'traffic', weight: 0 }] : [];
    const [lead, ...rest] = stages;
    const opened = lead?.kind === 'update' ? [lead, ...testers, ...rest] : [...testers, ...stages];
    return [...early, ...opened, ...(index === last ? flagStages(flags) : [])];
  });
  return [...course, { kind: 'settle' }];
}

/** So many that those who have all requests until then can serve them. */
function firstShare(step: StrategyStep | undefined): Stage[] {
  if (step?.kind === 'traffic') return [{ kind: 'update', percent: between(0, step.weight)[0] ?? step.weight }];
  return step?.kind === 'update' ? [step] : [];
}

/** @param changed percent of the instances that run the release before it */
function stagesOf(step: StrategyStep, router: boolean, changed: number): Stage[] {
  if (step.kind !== 'traffic') return [step];
  const update: Stage = { kind: 'update', percent: step.weight };
  if (!router) return [update, step];
  const leaps = between(changed, step.weight).flatMap((share): Stage[] => [
    { kind: 'update', percent: share },
    { kind: 'traffic', weight: share, towards: step.weight },
  ]);
  return [...leaps, ...(step.weight < 100 ? [update, step] : [step, update])];
}

/** Shares on the way from a percent of the instances to one of the requests. */
export function between(changed: number, weight: number): number[] {
  const shares: number[] = [];
  const reachable = (at: number) => (weight < 100 ? 100 - at <= MOST_LOAD * (100 - weight) : MOST_LOAD * at >= 100);
  for (let at = changed; at < weight && !reachable(at); shares.push(at)) at = Math.floor((100 + at) / MOST_LOAD);
  return shares;
}
