import { durationText } from '../duration';
import { MAX_IN_FLIGHT } from '../rollout/policy';
import { experimentDelayMs } from '../rollout/experiment';
import type { Stage } from '../rollout/stage';
import { sizeOf } from '../size';
import type { DeploymentSpec } from '../spec';
import { paceOf } from '../strategies/pace';
import { underWayMs } from '../strategies/under-way';
import { hasRouter } from '../traffic';
import { analysisStep, laterText } from './analysis';
import { cutBatches } from './batches';
import type { PlannedStep } from './plan';
import { counted } from './words';

type Planned = Pick<DeploymentSpec, 'strategy' | 'analysis' | 'metrics' | 'traffic'>;

/** The steps of a course, with the instances that each is going to change. */
export function courseSteps(
  spec: Planned,
  course: Stage[],
  names: string[],
  targeted: number,
  slot?: string,
): PlannedStep[] {
  const router = hasRouter(spec.traffic);
  const spares = router && (spec.strategy.kind === 'canary' || spec.strategy.kind === 'experiment') && targeted > 1;
  let changed = 0;
  let weight = 0;
  let batch = 0;
  const unchanged = targeted - names.length;
  return course.flatMap((stage): PlannedStep[] => {
    // One stays as it is until the release has all requests.
    const most = names.length - (spares && weight < 100 ? 1 : 0);
    const untilShare = (percent: number) =>
      Math.min(Math.max(changed, sizeOf({ kind: 'percent', percent }, targeted) - unchanged), most);
    if (stage.kind === 'traffic') {
      if (stage.towards !== undefined && untilShare(stage.towards) <= changed) return [];
      weight = stage.weight;
    }
    if (stage.kind !== 'update') return stageSteps(spec, stage, router, slot);
    const until = untilShare(stage.percent);
    const { batching } = paceOf(spec.strategy);
    const sizes = batching.kind === 'batches' ? batching.sizes : [batching.size];
    const batches = cutBatches(names.slice(changed, until), sizes, targeted);
    changed = Math.max(changed, until);
    return batches.map((instances): PlannedStep => {
      const inFlight = Math.min(MAX_IN_FLIGHT, instances.length);
      return {
        kind: 'update',
        summary: updateText(++batch, instances.length, stage.percent),
        batch,
        in_flight: inFlight,
        instances,
      };
    });
  });
}

function updateText(batch: number, size: number, percent: number): string {
  return `batch ${batch}, ${counted(size, 'instance')} of the first ${percent}%`;
}

function stageSteps(
  spec: Planned,
  stage: Exclude<Stage, { kind: 'update' }>,
  router: boolean,
  slot = 'this group',
): PlannedStep[] {
  switch (stage.kind) {
    case 'traffic':
      return [{ kind: 'traffic', weight: stage.weight, summary: shareText(stage, router) }];
    case 'switch':
      return [{ kind: 'switch', summary: `all requests go to ${slot}, at once` }];
    case 'analyze':
      return spec.analysis === undefined ? [] : [analysisStep(spec.analysis, stage.forMs, underWayMs(spec))];
    case 'experiment': {
      const afterMs = router ? experimentDelayMs(stage) : 0;
      const summary = `${laterText(afterMs)}compare both by ${stage.metric}, once: when enough was seen, or after ${durationText(stage.forMs)}`;
      return [{ kind: 'analyze', summary, for_ms: stage.forMs, ...(afterMs > 0 ? { after_ms: afterMs } : {}) }];
    }
    case 'approve': {
      const then = stage.onTimeout === 'pause' ? 'it pauses' : 'it counts as rejected';
      const { timeoutMs } = stage;
      const wait =
        timeoutMs === undefined ? 'for as long as it takes' : `for up to ${durationText(timeoutMs)}, then ${then}`;
      const limit = timeoutMs === undefined ? {} : { timeout_ms: timeoutMs };
      return [
        { kind: 'approve', summary: `somebody approves: it waits ${wait}`, ...limit, on_timeout: stage.onTimeout },
      ];
    }
    case 'bake':
      return bakeSteps(stage.forMs, `watch for ${durationText(stage.forMs)}`);
    case 'keep':
      return bakeSteps(stage.forMs, keepText(spec, stage.forMs));
    case 'hook':
      return [{ kind: 'hook', summary: `run the hook ${stage.hook}`, hook: stage.hook }];
    case 'flag':
      return flagStep(stage);
    case 'settle':
      return router ? [{ kind: 'settle', summary: 'the release becomes what is stable' }] : [];
  }
}

/** What a flag becomes. */
export function flagStep(stage: Stage): PlannedStep[] {
  if (stage.kind !== 'flag') return [];
  const { feature, percent } = stage;
  const summary = percent === 'off' ? `${feature} off for everybody` : `${feature} on for ${percent}% of users`;
  return [{ kind: 'flag', summary, feature, percent: percent === 'off' ? 0 : percent }];
}

function keepText({ strategy }: Planned, forMs: number): string {
  const until =
    strategy.kind === 'blue_green'
      ? `until ${durationText(strategy.keepMs)} after the switch`
      : `for ${durationText(forMs)}`;
  return `keep the group that served before ready ${until}`;
}

function bakeSteps(forMs: number, summary: string): PlannedStep[] {
  return forMs > 0 ? [{ kind: 'bake', summary, for_ms: forMs }] : [];
}

function shareText({ weight, towards }: Extract<Stage, { kind: 'traffic' }>, router: boolean): string {
  if (weight === 0) return 'testers are let in, nobody else';
  const way = towards === undefined ? '' : `, on the way to ${towards}%: no instance gets more than twice its share`;
  if (router) return `${weight}% of the requests go to the release${way}`;
  return `${weight}% of the instances, and of the requests: nothing is in front of them that splits otherwise`;
}
