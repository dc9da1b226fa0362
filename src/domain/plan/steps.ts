import { durationText } from '../duration';
import { MAX_IN_FLIGHT } from '../rollout/policy';
import { sizeOf } from '../size';
import type { Approval, DeploymentSpec } from '../spec';
import { flagStages } from '../strategies/flag-stages';
import { paceOf } from '../strategies/pace';
import { courseOf } from '../strategies/policy';
import { cutBatches } from './batches';
import { analysisStep } from './analysis';
import { courseSteps, flagStep } from './course-steps';
import type { PlannedStep } from './plan';
import { counted } from './words';

type Paced = Pick<DeploymentSpec, 'strategy' | 'approvals' | 'analysis' | 'metrics' | 'traffic' | 'flags'>;

/**
 * The steps that bring `names`, in their order, to the release.
 * @param targeted what sizes in percent are taken of
 * @param slot of blue-green: the group that is changed; absent: nobody could tell
 */
export function stepsOf(spec: Paced, names: string[], targeted: number, slot?: string): PlannedStep[] {
  const course = courseOf(spec);
  if (course !== undefined) return courseSteps(spec, course, names, targeted, slot);
  const { strategy, approvals, analysis } = spec;
  if (names.length === 0) return [];
  const { batching, bakeMs } = paceOf(strategy);
  const inWindow = batching.kind === 'window' ? Math.min(sizeOf(batching.size, targeted), MAX_IN_FLIGHT) : undefined;
  const batches = batching.kind === 'window' ? [names] : cutBatches(names, batching.sizes, targeted);
  const pauseMs = batching.kind === 'batches' ? batching.pauseBetweenMs : 0;
  const steps: PlannedStep[] = [];
  for (const [index, instances] of batches.entries()) {
    const batch = index + 1;
    if (index > 0 && pauseMs > 0)
      steps.push({ kind: 'pause', summary: `wait ${durationText(pauseMs)}`, for_ms: pauseMs });
    steps.push(...approvals.filter(({ beforeBatch }) => beforeBatch === batch).map(approvalStep));
    const inFlight = Math.min(inWindow ?? MAX_IN_FLIGHT, instances.length);
    const summary = updateSummary(batch, batches.length, instances.length, inFlight, batching.kind);
    steps.push({ kind: 'update', summary, batch, in_flight: inFlight, instances });
    if (analysis !== undefined) steps.push(analysisStep(analysis));
  }
  steps.push(...flagStages(spec.flags ?? {}).flatMap(flagStep));
  if (spec.flags !== undefined && analysis !== undefined) steps.push(analysisStep(analysis));
  if (bakeMs > 0)
    steps.push({ kind: 'bake', summary: `watch all of them for ${durationText(bakeMs)}`, for_ms: bakeMs });
  return steps;
}

function approvalStep({ beforeBatch, timeoutMs, onTimeout }: Approval): PlannedStep {
  const then = onTimeout === 'pause' ? 'it pauses' : 'it counts as rejected';
  const wait =
    timeoutMs === undefined ? 'for as long as it takes' : `for up to ${durationText(timeoutMs)}, then ${then}`;
  return {
    kind: 'approve',
    summary: `somebody approves batch ${beforeBatch}: it waits ${wait}`,
    before_batch: beforeBatch,
    ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }),
    on_timeout: onTimeout,
  };
}

function updateSummary(batch: number, of: number, size: number, inFlight: number, kind: 'batches' | 'window'): string {
  if (kind === 'window') return `${counted(size, 'instance')}, ${inFlight} at a time`;
  const paced = inFlight < size ? `, ${inFlight} at a time` : '';
  return `batch ${batch} of ${of}, ${counted(size, 'instance')}${paced}`;
}
