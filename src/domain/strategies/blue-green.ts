import type { Stage } from '../rollout/stage';
import type { BlueGreenStrategy } from '../spec';
import { flagStages } from './flag-stages';

/** The course of a blue-green deployment: the idle group is made ready and validated, then it has all requests at once. */
export function blueGreenCourse(
  { validate, watchMs, keepMs }: BlueGreenStrategy,
  flags: Record<string, number> = {},
): Stage[] {
  const watched: Stage[] = watchMs > 0 ? [{ kind: 'analyze', forMs: watchMs }] : [];
  return [
    { kind: 'update', percent: 100 },
    ...validate.filter((step) => step.kind !== 'update' && step.kind !== 'traffic'),
    { kind: 'switch' },
    ...flagStages(flags),
    ...watched,
    { kind: 'keep', forMs: Math.max(0, keepMs - watchMs) },
  ];
}
