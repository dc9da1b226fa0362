import type { Stage } from '../rollout/stage';
import type { CanaryStrategy, StrategyStep } from '../spec';
import { flagStages } from './flag-stages';

/** What of a step needs the release on some instances. */
const NEEDS_RELEASE: readonly StrategyStep['kind'][] = ['traffic', 'analyze', 'bake', 'hook'];

/**
 * The course of a canary. Instances come before their share of the requests, so that those find somebody; only the last
 * share is the other way round where requests can be told apart, since whoever still ran what was before would have nobody to leave the others to.
 */
export function canaryCourse(
  { steps, match }: CanaryStrategy,
  router: boolean,
  flags: Record<string, number> = {},
): Stage[] {
  const first = steps.findIndex(({ kind }) => NEEDS_RELEASE.includes(kind));
  const begins = steps.findIndex(({ kind }) => kind === 'traffic' || kind === 'update');
  const last = steps.map((step) => step.kind === 'traffic' && step.weight === 100).lastIndexOf(true);
  const course = steps.flatMap((step, index): Stage[] => {
    const stages = stagesOf(step, router, index === begins);
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

function firstShare(step: StrategyStep | undefined): Stage[] {
  if (step?.kind === 'traffic') return [{ kind: 'update', percent: step.weight }];
  return step?.kind === 'update' ? [step] : [];
}

/** @param first no instance runs the release before it */
function stagesOf(step: StrategyStep, router: boolean, first: boolean): Stage[] {
  if (step.kind !== 'traffic') return [step];
  const update: Stage = { kind: 'update', percent: step.weight };
  if (step.weight < 100 || !router) return [update, step];
  return first ? [update, step, update] : [step, update];
}
