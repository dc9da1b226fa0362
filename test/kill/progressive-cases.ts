import type { SiteKind } from './site';
import type { Accident } from './fleet';
import type { WorkerAccident } from './stand';

/** `canary`, `blue_green` and `features` go forward; the others are found wrong and go back. */
export type Course =
  'canary' | 'canary_back' | 'canary_steps_back' | 'blue_green' | 'blue_green_back' | 'features' | 'features_back';

/** One accident on the way of a deployment. */
export interface Case {
  title: string;
  course: Course;
  /** Befalls the worker, around an activity or within it. */
  worker?: Omit<WorkerAccident, 'signal'>;
  /** Befalls the update command of an instance. */
  command?: { instance: string; accident: Accident };
  /** The worker dies while this hook runs. */
  hook?: string;
}

/** Where a course is gone. */
export const SITE_OF: Record<Course, SiteKind> = {
  canary: 'canary',
  canary_back: 'canary',
  canary_steps_back: 'canary',
  features: 'canary',
  features_back: 'canary',
  blue_green: 'blue_green',
  blue_green_back: 'blue_green',
};

type Act = NonNullable<WorkerAccident['act']>;
type Point = Pick<WorkerAccident, 'ordinal' | 'nth' | 'act'>;

function at(when: 'before' | 'after', activity: string, course: Course, point: Point = {}): Case {
  const which = [...Object.values(point.act ?? {}), point.ordinal, point.nth].filter((each) => each !== undefined);
  return { title: [when, activity, ...which].join(' '), course, worker: { when, activity, ...point } };
}

function around(activity: string, course: Course, point?: Point): Case[] {
  return [at('before', activity, course, point), at('after', activity, course, point)];
}

/** At each place within a shift that a crash leaves something else behind. */
function within(course: Course, act: Act): Case[] {
  const activity = 'shiftTraffic';
  const inside = (title: string, more: Pick<WorkerAccident, 'when' | 'says'> & { nth?: number }): Case => ({
    title: `in the shift to ${act.weight}%, ${title}`,
    course,
    worker: { activity, act, ...more },
  });
  return [
    inside('when one router of two has it', { when: 'tells', says: '^(set|add) map', nth: 2 }),
    inside('when both have it, before that is written', { when: 'asks', says: 'update shifts' }),
    inside('when it is confirmed, before that is told', { when: 'asks', says: 'insert into acts' }),
  ];
}

function tells(title: string, course: Course, activity: string, says: string, point: Point = {}): Case {
  return { title, course, worker: { when: 'tells', activity, says, ...point } };
}

const shift = (weight: number): Point => ({ act: { kind: 'shift', weight } });
const settle: Point = { act: { kind: 'settle' } };
const hook = (name: string): Point => ({ act: { hook: name } });

export const CASES: Case[] = [
  ...around('readCalendar', 'canary'),
  tells('when an instance drains', 'canary', 'changeInstance', 'state maint', { ordinal: 1 }),
  {
    title: 'while an instance is changed, which goes on',
    course: 'canary',
    command: { instance: 'web-02', accident: 'worker-dies' },
  },
  tells('when an instance is good, before it gets requests', 'canary', 'changeInstance', 'state ready', { ordinal: 0 }),
  at('after', 'changeInstance', 'canary', { ordinal: 2 }),
  ...around('shiftTraffic', 'canary', shift(30)),
  ...within('canary', { weight: 60 }),
  at('before', 'runHook', 'canary', hook('smoke')),
  { title: 'while a hook runs', course: 'canary', hook: 'smoke' },
  at('before', 'measure', 'canary'),
  ...around('setFlags', 'canary'),
  at('before', 'guardTraffic', 'canary'),
  tells('when the release is stable at one router of two', 'canary', 'shiftTraffic', 'state ready', {
    ...settle,
    nth: 2,
  }),
  tells('when it is stable, and nobody else is there', 'canary', 'shiftTraffic', 'state maint', settle),
  at('after', 'shiftTraffic', 'canary', settle),
  at('before', 'recordEnd', 'canary'),

  at('after', 'measure', 'canary_back', { nth: 3 }),
  at('before', 'shiftTraffic', 'canary_back', shift(0)),
  ...within('canary_back', { weight: 0 }),
  at('after', 'runHook', 'canary_back', hook('pre_rollback')),
  { title: 'while a hook runs', course: 'canary_back', hook: 'on_failure' },
  ...around('restoreInstance', 'canary_back', { ordinal: 1 }),
  tells('when an instance drains', 'canary_back', 'restoreInstance', 'state maint', { ordinal: 0 }),
  at('after', 'recordEnd', 'canary_back'),
  at('after', 'shiftTraffic', 'canary_steps_back', { ...shift(30), nth: 2 }),

  at('after', 'changeInstance', 'blue_green'),
  at('before', 'shiftTraffic', 'blue_green', shift(100)),
  ...within('blue_green', { weight: 100 }),
  at('before', 'guardTraffic', 'blue_green'),
  at('after', 'recordEnd', 'blue_green'),

  at('after', 'measure', 'blue_green_back'),
  ...within('blue_green_back', { weight: 0 }),
  at('after', 'shiftTraffic', 'blue_green_back', shift(0)),

  ...around('setFlags', 'features', { nth: 2 }),
  at('after', 'setFlags', 'features_back', { act: { kind: 'restore_flags' } }),
];
