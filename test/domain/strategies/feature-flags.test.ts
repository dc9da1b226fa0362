import { featuresCourse } from '../../../src/domain/strategies/feature-flags';
import type { FeatureFlagsStrategy } from '../../../src/domain/spec';

const strategy = (steps: Record<string, number[] | 'off'>): FeatureFlagsStrategy => ({
  kind: 'feature_flags',
  features: Object.entries(steps).map(([key, each]) => ({ key, steps: each })),
  onViolation: 'feature',
});
const words = (steps: Record<string, number[] | 'off'>, watchMs?: number) =>
  featuresCourse(strategy(steps), watchMs).map((stage) =>
    stage.kind === 'flag' ? `${stage.feature} ${stage.percent}` : stage.kind,
  );

it('turns off first, then all take their first step before any takes its second', () => {
  expect(words({ ui: [5, 100], old: 'off', search: [25, 50, 100] })).toEqual([
    ...['old off', 'ui 5', 'search 25', 'ui 100', 'search 50', 'search 100'],
  ]);
});

it('watches after each change, where anything is measured', () => {
  expect(words({ ui: [5, 100] }, 30_000)).toEqual(['ui 5', 'analyze', 'ui 100', 'analyze']);
});

it('of nothing is nothing', () => {
  expect(words({})).toEqual([]);
});
