import type { DeploymentSpec } from '../../src/domain';
import type { RolloutState } from '../../src/domain/rollout';
import { routed } from '../support/delivery';
import { planSpec } from '../support/plan';
import type { DeliveryPlan } from './delivery-plan';
import type { Engine } from './engine';
import type { Scenario } from './scenario';
import { GENERATION, type World } from './world';

/** The rollout of a scenario before anything has happened. */
export function created(engine: Engine, scenario: Scenario, world: World): RolloutState {
  const { UNCHANGED, EXCLUDED, UNHEALTHY } = engine.MEMBER;
  const bits = { plain: 0, unchanged: UNCHANGED, excluded: EXCLUDED, unhealthy: UNHEALTHY };
  const { policy } = scenario;
  const { batching } = policy;
  return engine.createRollout({
    mode: scenario.mode,
    generation: GENERATION,
    policy: scenario.delivery
      ? engine.policyOf(specOf(scenario, scenario.delivery), 'forward')
      : {
          strategy: { kind: 'rolling', batching: structuredClone(batching), bakeMs: policy.bakeMs },
          maxFailures: policy.maxFailures,
          failedInstances: policy.failedInstances,
          onFailure: policy.onFailure,
          ...(policy.rollbackBatchSize && { rollbackBatchSize: policy.rollbackBatchSize }),
          approvals: policy.approvals,
          ...(policy.deadlineMs !== null && { deadlineMs: policy.deadlineMs }),
        },
    members: Uint8Array.from(world.instances.map(({ plan }) => bits[plan.flag])),
  });
}

/** The deployment that asks for what a scenario plays. */
function specOf({ policy }: Scenario, delivery: DeliveryPlan): DeploymentSpec {
  const { strategy, analysis, hooks, flags } = delivery;
  const hook = { kind: 'http' as const, url: '', headers: {}, timeoutMs: 0 };
  const spec = planSpec({
    // `adjust` changes it.
    strategy: strategy ?? structuredClone({ kind: 'rolling', batching: policy.batching, bakeMs: policy.bakeMs }),
    maxFailures: policy.maxFailures,
    failedInstances: policy.failedInstances,
    onFailure: policy.onFailure,
    approvals: policy.approvals,
    hooks: Object.fromEntries(Object.entries(hooks).map(([moment, gate]) => [moment, { ...hook, gate }])),
    ...(policy.rollbackBatchSize && { rollbackBatchSize: policy.rollbackBatchSize }),
    ...(delivery.router ? routed() : {}),
    ...(Object.keys(flags).length > 0 && { flags }),
    ...(analysis && { analysis: { ...analysis, source: { kind: 'agent' }, checks: [] } }),
    ...(delivery.calendar === 'windows' && { windows: [] }),
  });
  const { timeouts } = spec;
  return policy.deadlineMs === null ? spec : { ...spec, timeouts: { ...timeouts, deploymentMs: policy.deadlineMs } };
}
