import type { StepKind, StepPosition } from '../status';
import { featureUnderWatch } from './feature';
import type { Stage } from './stage';
import type { RolloutState } from './state';

/** Which kind of step each stage is, for those who look on. */
const KINDS: Record<Stage['kind'], StepKind> = {
  update: 'update',
  traffic: 'traffic',
  switch: 'switch',
  analyze: 'analyze',
  experiment: 'analyze',
  approve: 'approve',
  bake: 'bake',
  keep: 'bake',
  hook: 'hook',
  flag: 'flag',
  settle: 'traffic',
};

/** Where a course stands. */
export function courseStep(state: RolloutState): StepPosition {
  const { policy, delivery } = state;
  const of = Math.max(1, policy.course?.length ?? 1);
  const stage = policy.course?.[delivery.at];
  const index = Math.min(of, delivery.at + 1);
  if (stage === undefined) {
    // Where there are no instances there is nobody to look at.
    const summary = state.members.total === 0 ? 'all steps are done' : 'the last look';
    return { index: of, of, kind: 'update', summary };
  }
  return { index, of, kind: KINDS[stage.kind], summary: summaryOf(state, stage) };
}

function summaryOf(state: RolloutState, stage: Stage): string {
  const { members, targeted, batchNumber } = state;
  switch (stage.kind) {
    case 'update': {
      const there = members.number('good') + members.number('unchanged');
      return `batch ${Math.max(1, batchNumber)}: ${there} of ${targeted} instances run the release, on the way to ${stage.percent}%`;
    }
    case 'traffic':
      return `${stage.weight}% of the requests to the release`;
    case 'switch':
      return 'all requests to the group that runs the release';
    case 'analyze':
      return `watching ${watched(state)}`;
    case 'experiment':
      return `compares both: ${state.experiment?.shown?.text ?? `${stage.metric}: nothing was measured yet`}`;
    case 'approve':
      return state.experiment === undefined ? `somebody approves ${nextText(state)}` : decisionText(state.experiment);
    case 'bake':
      return 'bakes';
    case 'keep':
      return 'keeps the group that served before ready';
    case 'hook':
      return `the hook ${stage.hook}`;
    case 'flag':
      return stage.percent === 'off' ? `${stage.feature} off` : `${stage.feature} for ${stage.percent}% of users`;
    case 'settle':
      return 'the release becomes what is stable';
  }
}

/** What comes next that users notice. */
const NOTICED: readonly Stage['kind'][] = ['traffic', 'switch', 'flag', 'settle'];

/** What is approved. */
function nextText(state: RolloutState): string {
  const { policy, delivery } = state;
  const next = policy.course?.slice(delivery.at + 1).find(({ kind }) => NOTICED.includes(kind));
  return next === undefined ? 'that it goes on' : `what comes next: ${summaryOf(state, next)}`;
}

/** A feature that is turned on by itself; flags of a release are a part of it. */
function watched(state: RolloutState): string {
  const feature = state.policy.strategy.kind === 'feature_flags' ? featureUnderWatch(state) : undefined;
  return feature ?? shareText(state);
}

/** What a person decides on after an experiment. */
function decisionText({ shown }: NonNullable<RolloutState['experiment']>): string {
  const text = shown?.conclusion === undefined ? 'the experiment was ended before it was judged' : shown.text;
  return `${text}; somebody approves the release for all, or rejects it`;
}

function shareText({ policy, delivery, members, targeted }: RolloutState): string {
  if (policy.router === true && delivery.weight !== null) return `the release at ${delivery.weight}% of the requests`;
  return `the release on ${members.number('good') + members.number('unchanged')} of ${targeted} instances`;
}
