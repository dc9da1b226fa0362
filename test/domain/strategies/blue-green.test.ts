import { blueGreenCourse } from '../../../src/domain/strategies/blue-green';
import type { BlueGreenStrategy } from '../../../src/domain/spec';

const strategy = (overrides: Partial<BlueGreenStrategy> = {}): BlueGreenStrategy => ({
  kind: 'blue_green',
  slotLabel: 'slot',
  batchSize: { kind: 'count', count: 1 },
  validate: [],
  watchMs: 30,
  keepMs: 100,
  ...overrides,
});

it('changes all of the idle group, validates it, switches, watches, and keeps the other for the rest of the time', () => {
  const validate = [{ kind: 'hook', hook: 'smoke' } as const, { kind: 'analyze', forMs: 5 } as const];
  expect(blueGreenCourse(strategy({ validate }), { ui: 5 })).toEqual([
    { kind: 'update', percent: 100 },
    ...validate,
    { kind: 'switch' },
    { kind: 'flag', feature: 'ui', percent: 5 },
    { kind: 'analyze', forMs: 30 },
    { kind: 'keep', forMs: 70 },
  ]);
});

it('neither watches nor keeps where nobody asked for it', () => {
  const course = blueGreenCourse(strategy({ watchMs: 0, keepMs: 0 }));
  expect(course.map(({ kind }) => kind)).toEqual(['update', 'switch', 'keep']);
  expect(course.at(-1)).toEqual({ kind: 'keep', forMs: 0 });
});

it('lets no step of the validation shift any requests', () => {
  const validate = [{ kind: 'traffic', weight: 50 } as const, { kind: 'update', percent: 10 } as const];
  expect(blueGreenCourse(strategy({ validate })).map(({ kind }) => kind)).toEqual([
    'update',
    'switch',
    'analyze',
    'keep',
  ]);
});
