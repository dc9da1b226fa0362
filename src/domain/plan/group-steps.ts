import { durationText } from '../duration';
import { groupPlace } from '../groups';
import type { DeploymentSpec } from '../spec';
import { slotOf } from '../strategies/slot';
import { nameOf, type Judged } from './judged';
import type { PlannedStep } from './plan';
import { stepsOf } from './steps';

/** The steps of a deployment: one group after the other where there are groups. */
export function allSteps(spec: DeploymentSpec, changing: Judged[], targeted: Judged[]): PlannedStep[] {
  const { groups } = spec;
  if (groups === undefined) return stepsOf(spec, changing.map(nameOf), targeted.length, slotIn(spec, targeted));
  const placeOf = ({ member }: Judged) => groupPlace(groups, member);
  const places = [...new Set(targeted.map(placeOf))].sort((a, b) => a - b);
  const { flags, ...others } = spec;
  return places.flatMap((place, index): PlannedStep[] => {
    const name = groups.order[place] ?? 'others';
    const names = changing.filter((each) => placeOf(each) === place).map(nameOf);
    const those = targeted.filter((each) => placeOf(each) === place);
    // Flags are of all groups at once: they come with the last.
    const one = index === places.length - 1 && flags !== undefined ? { ...others, flags } : others;
    const steps = stepsOf(one, names, those.length, slotIn(spec, those)).map((step) => ({
      ...step,
      summary: `${name}: ${step.summary}`,
    }));
    return [...(index === 0 ? [] : between(groups, name)), ...steps];
  });
}

/** The group of blue-green that is changed, where it is known which: those that serve are no targets then. */
function slotIn({ strategy }: DeploymentSpec, targeted: Judged[]): string | undefined {
  if (strategy.kind !== 'blue_green') return undefined;
  const slots = new Set(targeted.map(({ member }) => slotOf(strategy, member)));
  return slots.size === 1 ? [...slots][0] : undefined;
}

function between({ bakeMs, approve }: NonNullable<DeploymentSpec['groups']>, name: string): PlannedStep[] {
  return [
    ...(bakeMs > 0 ? [{ kind: 'pause' as const, summary: `wait ${durationText(bakeMs)}`, for_ms: bakeMs }] : []),
    ...(approve
      ? [
          {
            kind: 'approve' as const,
            summary: `somebody approves ${name}: it waits for as long as it takes`,
            on_timeout: 'pause' as const,
          },
        ]
      : []),
  ];
}
