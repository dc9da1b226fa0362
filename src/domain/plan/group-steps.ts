import { durationText } from '../duration';
import { groupPlace } from '../groups';
import type { DeploymentSpec } from '../spec';
import { nameOf, type Judged } from './judged';
import type { PlannedStep } from './plan';
import { stepsOf } from './steps';

/** The steps of a deployment: one group after the other where there are groups. */
export function allSteps(spec: DeploymentSpec, changing: Judged[], targeted: Judged[]): PlannedStep[] {
  const { groups } = spec;
  if (groups === undefined) return stepsOf(spec, changing.map(nameOf), targeted.length);
  const placeOf = ({ member }: Judged) => groupPlace(groups, member);
  const places = [...new Set(targeted.map(placeOf))].sort((a, b) => a - b);
  const { flags, ...others } = spec;
  return places.flatMap((place, index): PlannedStep[] => {
    const name = groups.order[place] ?? 'others';
    const names = changing.filter((each) => placeOf(each) === place).map(nameOf);
    const size = targeted.filter((each) => placeOf(each) === place).length;
    // Flags are of all groups at once: they come with the last.
    const one = index === places.length - 1 && flags !== undefined ? { ...others, flags } : others;
    const steps = stepsOf(one, names, size).map((step) => ({ ...step, summary: `${name}: ${step.summary}` }));
    return [...(index === 0 ? [] : between(groups, name)), ...steps];
  });
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
