import type { HookOccasion } from '../../../src/drivers/hook/hook';

/** A hook's occasion in the middle of a canary. */
export function occasion(over: Partial<HookOccasion> = {}): HookOccasion {
  return {
    service: 'web',
    environment: 'production',
    generation: 7,
    number: 3,
    status: 'running',
    release: { code_version: '1.1.0', configuration_version: '2' },
    previous: { code_version: '1.0.0', configuration_version: '1' },
    hook: 'smoke',
    moment: 'stage 2',
    weight: 25,
    reason: null,
    ...over,
  };
}
