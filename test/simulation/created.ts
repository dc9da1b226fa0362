import type { RolloutState } from '../../src/domain/rollout';
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
    policy: {
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
