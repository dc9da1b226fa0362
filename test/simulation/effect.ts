import type { Clock } from './clock';
import { instanceName, type Instance, type Operation, type Outcome } from './instance';

/** Does to an instance what an operation does in the end: it becomes what its plan says, unless the fence is higher. */
export function effectOf(operation: Operation, instance: Instance, clock: Clock): Outcome {
  const { ordinal, plan } = instance;
  const base = { ordinal, name: instanceName(ordinal), attempts: 1 };
  if (operation.generation < instance.fence) {
    const result = operation.kind === 'change' ? 'failed' : 'unresolved';
    return { ...base, result, reason: `generation ${instance.fence} has been here` };
  }
  const cancelled = operation.cancelled && plan.onCancel !== 'good';
  if (operation.kind === 'restore') return { ...base, ...restore(instance, cancelled) };
  const result = cancelled ? plan.onCancel : instance.changes < plan.failsTimes ? 'failed' : 'good';
  instance.changes++;
  if (result === 'good') {
    instance.runs = 'new';
    instance.healthy = true;
    if (plan.degradesAfterMs !== null && instance.degradedAt === null) {
      clock.planIn(plan.degradesAfterMs, { kind: 'degrade', ordinal });
    }
    if (plan.repeatsAfterMs !== null) {
      clock.planIn(plan.repeatsAfterMs, { kind: 'repeat', outcome: { ...base, result } });
    }
    return { ...base, result };
  }
  instance.runs = plan.leaves === 'old' ? instance.before.runs : plan.leaves;
  instance.healthy = plan.leaves === 'old' && instance.before.healthy;
  const outcome = { ...base, result, reason: `the change ${result}` };
  if (plan.zombieAfterMs !== null) {
    clock.planIn(plan.zombieAfterMs, { kind: 'zombie', ordinal, generation: operation.generation });
  }
  if (plan.repeatsAfterMs !== null) clock.planIn(plan.repeatsAfterMs, { kind: 'repeat', outcome });
  return outcome;
}

function restore(instance: Instance, cancelled: boolean): { result: string; reason?: string } {
  const { plan, before } = instance;
  instance.restores++;
  if (before.runs === 'nothing') return { result: 'unresolved', reason: 'nothing was installed before' };
  if (cancelled) return { result: 'cancelled' };
  if (plan.restoreFails) return { result: 'unresolved', reason: 'the restore failed' };
  instance.runs = before.runs;
  instance.healthy = before.healthy;
  return { result: 'restored' };
}
