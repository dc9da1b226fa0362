import { z } from 'zod';
import type { StrategyStep } from '../../domain';
import { object, variants } from '../object';
import { integer, name, positiveDuration } from '../scalars';
import { stateOf } from '../wording';
import { ON_TIMEOUT, waiting } from './waiting';

/** Where nothing else is written, of instances, traffic or users. */
export const DEFAULT_PERCENTS = [10, 25, 50, 75, 100];

export const percent = () => integer(1, 100);

const update = object(
  {
    type: z.literal('update').describe('Instances are changed, and get no requests yet.'),
    percent: percent().describe('As many as this percent of the fleet run the release, rounded up.'),
  },
  'write { type: update, percent: 10 }',
);

const traffic = object(
  {
    type: z.literal('traffic').describe('As many instances are changed, then requests are shifted.'),
    weight: percent().describe('The percent of the requests that the release gets from here on.'),
  },
  'write { type: traffic, weight: 10 }',
);

const analyze = object(
  {
    type: z.literal('analyze').describe('The release is measured and judged, by `analysis`.'),
    for: positiveDuration()
      .optional()
      .meta({ shownDefault: '`analysis.monitoring_duration`' })
      .describe('How long it is watched.'),
  },
  'write { type: analyze, for: 30m }',
);

const approve = object(
  {
    type: z.literal('approve').describe('It waits for `belay approve`.'),
    ...waiting,
  },
  'write { type: approve, timeout: 4h }',
);

const bake = object(
  {
    type: z.literal('bake').describe('Nothing is changed for a while; the health of what was changed is watched.'),
    for: positiveDuration().describe('How long.'),
  },
  'write { type: bake, for: 10m }',
);

const hook = object(
  {
    type: z.literal('hook').describe('One of `hooks` is run.'),
    name: name('hook').describe('Which one.'),
  },
  'write { type: hook, name: smoke }',
);

const typed = variants(
  'type',
  [update, traffic, analyze, approve, bake, hook],
  ['update', 'traffic', 'analyze', 'approve', 'bake', 'hook'],
);

/** `50%` is meant as the number alone. */
function bareText(text: string): string | undefined {
  const [, digits = ''] = /^([1-9]\d?|100)%$/.exec(text) ?? [];
  return digits === '' ? undefined : `write ${digits}, without %`;
}

/** One step of a canary: a bare number is that much traffic, and an analysis. */
export const step = z.union([percent(), typed], {
  error: ({ input }) =>
    typeof input === 'string'
      ? `${stateOf(input)}; ${bareText(input) ?? 'write a percent of the traffic: a whole number from 1 to 100'}`
      : `${stateOf(input)}; write a percent of the traffic like 10, or a map like { type: traffic, weight: 10 }`,
});

const IDLE = 'and the idle group gets no requests before it has passed all of these';

/** One thing that a group passes before it gets requests. */
export const check = variants('type', [hook, analyze, approve, bake], ['hook', 'analyze', 'approve', 'bake'], {
  traffic: IDLE,
  update: 'and all of the idle group is updated before',
});

export type ParsedStep = z.output<typeof step>;
export type TypedStep = z.output<typeof typed>;

/** @param monitoringMs how long is watched what doesn't say it */
export function stepsOf(parsed: readonly ParsedStep[], monitoringMs = 0): StrategyStep[] {
  return parsed.flatMap((each): StrategyStep[] =>
    typeof each === 'number'
      ? [
          { kind: 'traffic', weight: each },
          { kind: 'analyze', forMs: monitoringMs },
        ]
      : [stepOf(each, monitoringMs)],
  );
}

function stepOf(parsed: TypedStep, monitoringMs: number): StrategyStep {
  switch (parsed.type) {
    case 'update':
      return { kind: 'update', percent: parsed.percent };
    case 'traffic':
      return { kind: 'traffic', weight: parsed.weight };
    case 'analyze':
      return { kind: 'analyze', forMs: parsed.for ?? monitoringMs };
    case 'approve': {
      const timeout = parsed.timeout === undefined ? {} : { timeoutMs: parsed.timeout };
      return { kind: 'approve', ...timeout, onTimeout: parsed.on_timeout ?? ON_TIMEOUT };
    }
    case 'bake':
      return { kind: 'bake', forMs: parsed.for };
    case 'hook':
      return { kind: 'hook', hook: parsed.name };
  }
}
