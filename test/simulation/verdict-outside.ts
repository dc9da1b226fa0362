import type { Progress } from '../../src/domain/rollout';
import type { Course } from './course';
import type { DeliveryPlan } from './delivery-plan';
import { must } from './violation';
import type { World } from './world';

/** Judges a rollout that has ended by where requests really go, and what flags really are. */
export function judgeOutside(
  course: Course,
  { outside }: World,
  plan: DeliveryPlan | undefined,
  { status, reason }: Progress,
): void {
  if (!plan) return;
  const { delivery } = course;
  const exposed = (outside.weight ?? 0) > 0 && !outside.settled;
  const flags = [...outside.flags.keys()];
  if (status === 'rolled_back') {
    must(!exposed, `rolled back, and ${outside.weight}% of the requests go to the release`);
    must(flags.length === 0, `rolled back, and ${flags.join()} are not as before`);
  }
  if (status === 'rollback_incomplete') {
    must(
      !exposed || /traffic|requests/.test(reason ?? ''),
      `${outside.weight}% go to the release, but it says: ${reason}`,
    );
    must(flags.length === 0 || /flags/.test(reason ?? ''), `${flags.join()} are not as before, but it says: ${reason}`);
  }
  if (status !== 'succeeded' && status !== 'completed_with_failures') return;
  if (delivery.routed) must(outside.weight === 100, `${status} with ${outside.weight}% of the requests`);
  if (delivery.routed && plan.strategy?.kind === 'canary') must(outside.settled, `${status}, and what was is stable`);
  for (const [flag, percent] of wanted(plan)) {
    const due = delivery.dropped.has(flag) ? undefined : percent;
    must(outside.flags.get(flag) === due, `${status}, and ${flag} is ${outside.flags.get(flag)}, not ${due}`);
  }
}

/** What each flag is to be in the end. */
function wanted({ strategy, flags }: DeliveryPlan): [string, number | 'off' | undefined][] {
  if (strategy?.kind !== 'feature_flags') return Object.entries(flags);
  return strategy.features.map(({ key, steps }) => [key, steps === 'off' ? 'off' : steps.at(-1)]);
}
