import type { Stage } from '../rollout/stage';
import type { BlueGreenStrategy } from '../spec';
import { flagStages } from './flag-stages';

/**
 * The course of a blue-green deployment: the idle group is made ready and validated, then it has all requests at once.
 * @param underWayMs how long after the switch the first measurement begins
 */
export function blueGreenCourse(
  { validate, watchMs, keepMs }: BlueGreenStrategy,
  flags: Record<string, number> = {},
  underWayMs = 0,
): Stage[] {
  const watched: Stage[] = watchMs > 0 ? [{ kind: 'analyze', forMs: watchMs }] : [];
  return [
    { kind: 'update', percent: 100 },
    ...validate.filter((step) => step.kind !== 'update' && step.kind !== 'traffic'),
    { kind: 'switch' },
    ...flagStages(flags),
    ...watched,
    // It is kept from the switch on.
    { kind: 'keep', forMs: Math.max(0, keepMs - (watchMs > 0 ? watchMs + underWayMs : 0)) },
  ];
}
