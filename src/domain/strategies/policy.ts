import { experimentCourse } from '../experiment/course';
import type { AnalysisRule, AnalysisSpec } from '../analysis';
import { rangesOf } from '../groups';
import { MOMENTS, type Hooks } from '../hooks';
import type { RolloutPolicy } from '../rollout/policy';
import type { Stage } from '../rollout/stage';
import type { Instance } from '../instance';
import type { DeploymentSpec, GroupsSpec } from '../spec';
import { hasRouter, isByGroup } from '../traffic';
import { blueGreenCourse } from './blue-green';
import { canaryCourse } from './canary';
import { featuresCourse } from './feature-flags';
import { paceOf } from './pace';
import { underWayMs } from './under-way';

type Planned = Pick<DeploymentSpec, 'strategy' | 'analysis' | 'metrics' | 'flags' | 'traffic'>;

/** What a strategy goes through, one after another; undefined: batch after batch. */
export function courseOf(spec: Planned): Stage[] | undefined {
  const { strategy, analysis, metrics, flags, traffic } = spec;
  switch (strategy.kind) {
    case 'rolling':
      return undefined;
    case 'canary':
      return canaryCourse(strategy, hasRouter(traffic), flags);
    case 'blue_green':
      return blueGreenCourse(strategy, flags, underWayMs(spec));
    case 'feature_flags':
      return featuresCourse(strategy, analysis?.durationMs);
    case 'experiment':
      return experimentCourse(strategy, {
        router: hasRouter(traffic),
        measured: metrics !== undefined,
        ...(analysis && { intervalMs: analysis.intervalMs }),
        ...(flags && { flags }),
      });
  }
}

/**
 * The rules that a deployment goes by, or (on the way back alone) its rollback.
 * @param waits whether it may have to wait before its first touch already
 */
export function policyOf(
  spec: DeploymentSpec,
  mode: 'forward' | 'rollback',
  members: readonly Pick<Instance, 'labels'>[] = [],
  waits = spec.windows !== undefined,
): RolloutPolicy {
  const { strategy, maxFailures, failedInstances, onFailure, rollbackBatchSize, approvals, timeouts } = spec;
  const course = mode === 'forward' ? courseOf(spec) : undefined;
  const shares = strategy.kind !== 'rolling' && strategy.kind !== 'feature_flags';
  return {
    strategy: { kind: strategy.kind, ...paceOf(strategy) },
    maxFailures,
    failedInstances,
    onFailure,
    approvals,
    ...(rollbackBatchSize === undefined ? {} : { rollbackBatchSize }),
    ...(timeouts.deploymentMs === undefined ? {} : { deadlineMs: timeouts.deploymentMs }),
    ...(spec.analysis === undefined || mode === 'rollback' ? {} : { analysis: ruleOf(spec.analysis) }),
    ...(course === undefined ? {} : { course }),
    ...(shares && hasRouter(spec.traffic) ? { router: true as const } : {}),
    ...(shares && isByGroup(spec) ? { routed: 'by_group' as const } : {}),
    ...(spec.traffic?.kind === 'haproxy' && strategy.kind !== 'feature_flags' ? { drains: true as const } : {}),
    ...(strategy.kind === 'blue_green' ? { sides: 'slots' as const } : {}),
    ...(strategy.kind === 'canary' && strategy.rollback === 'progressive' ? { backBy: 'steps' as const } : {}),
    ...(strategy.kind === 'feature_flags' && strategy.onViolation === 'feature'
      ? { onViolation: 'feature' as const }
      : {}),
    ...(spec.groups === undefined ? {} : { groups: groupsIn(spec.groups, members) }),
    ...hooksOf(spec.hooks),
    ...(mode === 'rollback' ? {} : { calendar: waits ? 'windows' : 'freezes' }),
    ...(course !== undefined || spec.flags === undefined || mode === 'rollback' ? {} : { flags: spec.flags }),
  };
}

function groupsIn(
  groups: GroupsSpec,
  members: readonly Pick<Instance, 'labels'>[],
): NonNullable<RolloutPolicy['groups']> {
  const { bakeMs, approve, taskQueue } = groups;
  return { ...rangesOf(groups, members), bakeMs, approve, ...(taskQueue === undefined ? {} : { taskQueue }) };
}

/** What decides; who is asked for what is the measuring activity's. */
function ruleOf({ source: _, checks: __, baseline: ___, ...rule }: AnalysisSpec): AnalysisRule {
  return rule;
}

function hooksOf(hooks: Hooks | undefined): Pick<RolloutPolicy, 'hooks'> {
  const moments = MOMENTS.flatMap((moment) => {
    const hook = hooks?.[moment];
    return hook === undefined ? [] : [[moment, { gate: hook.gate }] as const];
  });
  return moments.length === 0 ? {} : { hooks: Object.fromEntries(moments) };
}
