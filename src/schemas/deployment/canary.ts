import { z } from 'zod';
import type { CanaryStrategy } from '../../domain';
import { object } from '../object';
import { choice, list, size } from '../scalars';
import { routing, routingOf } from './routing';
import { DEFAULT_PERCENTS, percent, step, stepsOf, type ParsedStep } from './steps';

export const canary = object(
  {
    type: z.literal('canary').describe('A growing share of instances and traffic, judged at each step.'),
    steps: list(step, 'write a list of steps, like [10, 25, 50, 75, 100]', 1)
      .optional()
      .meta({ type: 'list of percents and maps', shownDefault: '`[10, 25, 50, 75, 100]`' })
      .describe('One after another; a bare number is `traffic` and `analyze`. The last traffic is 100.'),
    increment: percent()
      .optional()
      .describe('Instead of `steps`: each is higher by this much, as 10 makes 10, 20, … 100.'),
    batch_size: size().prefault('10%').describe('How many instances are changed at once at most.'),
    ...routing,
    rollback: choice(['instant', 'progressive'])
      .prefault('instant')
      .describe('How traffic goes back: all at once, or down the same steps. Instances follow.'),
  },
  'write a map like { type: canary, steps: [10, 25, 50, 75, 100] }',
).check(
  z.superRefine(
    (value, context) => {
      if (value.steps === undefined || value.increment === undefined) return;
      const message = 'stands beside steps; keep one of them';
      context.addIssue({ code: 'custom', path: ['increment'], message });
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  ),
  z.superRefine(({ steps = DEFAULT_PERCENTS }, context) => {
    // That there is nothing has been said.
    for (const { path, message } of steps.length === 0 ? [] : courseFaults(steps)) {
      context.addIssue({ code: 'custom', path: ['steps', ...path], message });
    }
  }),
);

interface Fault {
  path: PropertyKey[];
  message: string;
}

/** What is wrong with percents that go one after another; each step by itself is right. */
function courseFaults(steps: readonly ParsedStep[]): Fault[] {
  const faults: Fault[] = [];
  // Requests never go to more instances than run the release: traffic brings them along.
  let weight = 0;
  let updated = 0;
  for (const [i, each] of steps.entries()) {
    const asked = askedOf(each);
    if (asked === undefined) continue;
    const before = asked.key === 'percent' ? updated : weight;
    if (asked.percent <= before) {
      const path = typeof each === 'number' ? [i] : [i, asked.key];
      const message = `is ${asked.percent}, and the release has ${before}% by then; steps only go up, so write a higher one, or remove it`;
      faults.push({ path, message });
    }
    if (asked.key === 'weight') weight = Math.max(weight, asked.percent);
    updated = Math.max(updated, asked.percent);
  }
  if (weight < 100) {
    const ends = weight === 0 ? 'has no traffic in it' : `ends at ${weight}%`;
    const right = steps.every((each) => typeof each === 'number') ? '100' : '{ type: traffic, weight: 100 }';
    faults.push({ path: [], message: `${ends}: the last traffic step must be 100; add ${right}` });
  }
  return faults;
}

function askedOf(step: ParsedStep): { key: 'weight' | 'percent'; percent: number } | undefined {
  if (typeof step === 'number') return { key: 'weight', percent: step };
  if (step.type === 'traffic') return { key: 'weight', percent: step.weight };
  return step.type === 'update' ? { key: 'percent', percent: step.percent } : undefined;
}

/** Every step as it is written, or what stands for it. */
export function canarySteps({ steps, increment }: Pick<z.output<typeof canary>, 'steps' | 'increment'>): ParsedStep[] {
  if (increment === undefined) return steps ?? DEFAULT_PERCENTS;
  const count = Math.ceil(100 / increment);
  return Array.from({ length: count }, (_, i) => Math.min(100, (i + 1) * increment));
}

export function canaryOf(parsed: z.output<typeof canary>, monitoringMs?: number): CanaryStrategy {
  return {
    kind: 'canary',
    steps: stepsOf(canarySteps(parsed), monitoringMs),
    batchSize: parsed.batch_size,
    ...routingOf(parsed),
    rollback: parsed.rollback,
  };
}
