import type { CanaryStrategy } from '../../../src/domain';
import { CANARY_TRAFFIC, deploymentFiles, JUDGED, LEAST, REAL } from '../../support/deployment-file';

const files = deploymentFiles();

async function strategyOf(text: string): Promise<CanaryStrategy> {
  const { strategy } = await files.read(text);
  if (strategy.kind !== 'canary') throw new Error(`is ${strategy.kind}`);
  return strategy;
}

async function weights(strategy: string): Promise<number[]> {
  const { steps } = await strategyOf(`${LEAST}${JUDGED}strategy: ${strategy}\n`);
  // Each is analyzed for as long as the analysis says.
  expect(steps.filter((_, i) => i % 2 === 1)).toEqual(
    Array(steps.length / 2).fill({ kind: 'analyze', forMs: 1_800_000 }),
  );
  return steps.flatMap((step) => (step.kind === 'traffic' ? [step.weight] : []));
}

describe('a canary that is right', () => {
  it('has the defaults', async () => {
    expect(await strategyOf(`${LEAST}${JUDGED}strategy: { type: canary }\n`)).toMatchObject({
      batchSize: { kind: 'percent', percent: 10 },
      match: [],
      rollback: 'instant',
    });
    expect(await weights('{ type: canary }')).toEqual([10, 25, 50, 75, 100]);
  });

  it.each([
    [10, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]],
    [30, [30, 60, 90, 100]],
    [33, [33, 66, 99, 100]],
    [50, [50, 100]],
    [60, [60, 100]],
    [100, [100]],
  ])('goes up by %d and ends at 100', async (increment, expected) => {
    expect(await weights(`{ type: canary, increment: ${increment} }`)).toEqual(expected);
  });

  it('mixes steps of all kinds, in their order', async () => {
    const text = `${LEAST}${JUDGED}${CANARY_TRAFFIC}hooks: { smoke: { type: command, run: [./smoke.sh] } }
strategy:
  type: canary
  steps:
    - { type: hook, name: smoke }
    - { type: update, percent: 20 }
    - { type: traffic, weight: 10 }
    - { type: analyze, for: 10m }
    - { type: analyze }
    - { type: approve, timeout: 4h, on_timeout: reject }
    - { type: approve }
    - 50
    - { type: traffic, weight: 100 }
    - { type: bake, for: 10m }
  batch_size: 3
  match: [{ type: header, name: x-canary, value: "1" }]
  sticky: { type: cookie, name: uid }
  rollback: progressive
`;
    expect(await strategyOf(text)).toEqual({
      kind: 'canary',
      steps: [
        { kind: 'hook', hook: 'smoke' },
        { kind: 'update', percent: 20 },
        { kind: 'traffic', weight: 10 },
        { kind: 'analyze', forMs: 600_000 },
        { kind: 'analyze', forMs: 1_800_000 },
        { kind: 'approve', timeoutMs: 14_400_000, onTimeout: 'reject' },
        { kind: 'approve', onTimeout: 'pause' },
        { kind: 'traffic', weight: 50 },
        { kind: 'analyze', forMs: 1_800_000 },
        { kind: 'traffic', weight: 100 },
        { kind: 'bake', forMs: 600_000 },
      ],
      batchSize: { kind: 'count', count: 3 },
      match: [{ kind: 'header', name: 'x-canary', value: '1' }],
      sticky: { kind: 'cookie', name: 'uid' },
      rollback: 'progressive',
    });
  });

  it('may go without analysis where each step says what it is', async () => {
    const steps = '[{ type: traffic, weight: 10 }, { type: approve }, { type: traffic, weight: 100 }]';
    expect((await strategyOf(`${LEAST}strategy: { type: canary, steps: ${steps} }\n`)).steps).toHaveLength(3);
  });

  it('may have more instances than traffic, and then more traffic', async () => {
    const steps = '[{ type: update, percent: 50 }, 10, 50, { type: update, percent: 80 }, 100]';
    const text = `${LEAST}${JUDGED}${CANARY_TRAFFIC}strategy: { type: canary, steps: ${steps} }\n`;
    expect((await strategyOf(text)).steps).toHaveLength(8);
  });
});

/** Steps, the column of line 8 where they are wrong, and what is said. */
const BAD_STEPS: [string, number, string][] = [
  ['[]', 34, 'strategy.steps is an empty list; write a list of steps, like [10, 25, 50, 75, 100]'],
  ['10', 34, 'strategy.steps is 10; write a list of steps'],
  ['[0, 100]', 35, 'strategy.steps[0] is 0; write a percent of the traffic: a whole number from 1 to 100'],
  ['[-5, 100]', 35, 'strategy.steps[0] is -5; write a percent of the traffic'],
  ['[1.5, 100]', 35, 'strategy.steps[0] is 1.5; write a percent of the traffic'],
  ['[10%, 100]', 35, 'strategy.steps[0] is 10%; write 10, without %'],
  ['[50, 101]', 39, 'strategy.steps[1] is 101; write a percent of the traffic'],
  ['[ten, 100]', 35, 'strategy.steps[0] is "ten"; write a percent of the traffic'],
  ['[~, 100]', 35, 'strategy.steps[0] is empty (null); write a percent of the traffic like 10, or a map'],
  ['[[10], 100]', 35, 'strategy.steps[0] is a list; write a percent of the traffic like 10, or a map'],
  ['[50, 25, 100]', 39, 'strategy.steps[1] is 25, and the release has 50% by then; steps only go up'],
  ['[50, 50, 100]', 39, 'strategy.steps[1] is 50, and the release has 50% by then; steps only go up'],
  ['[50, { type: traffic, weight: 20 }, 100]', 64, 'strategy.steps[1].weight is 20, and the release has 50%'],
  ['[50, { type: update, percent: 50 }, 100]', 64, 'strategy.steps[1].percent is 50, and the release has 50%'],
  ['[10, 50]', 34, 'strategy.steps ends at 50%: the last traffic step must be 100; add 100'],
  [
    '[{ type: traffic, weight: 99 }]',
    34,
    'strategy.steps ends at 99%: the last traffic step must be 100; add { type: traffic, weight: 100 }',
  ],
  ['[{ type: bake, for: 1m }]', 34, 'strategy.steps has no traffic in it: the last traffic step must be 100'],
  ['[{ type: trafic, weight: 9 }]', 43, 'steps[0].type is "trafic"; write one of update, traffic, analyze, approve'],
  ['[{ type: traffic, weight: 101 }]', 60, 'strategy.steps[0].weight is 101; write a whole number from 1 to 100'],
  ['[{ type: traffic }]', 35, 'strategy.steps[0].weight is missing; write a whole number from 1 to 100'],
  ['[{ type: traffic, wieght: 9 }]', 52, 'unknown key "wieght"; did you mean "weight"?'],
  ['[{ weight: 9 }]', 35, 'strategy.steps[0].type is missing; write one of'],
  ['[{ type: bake }, 100]', 35, 'strategy.steps[0].for is missing; write a duration above 0s'],
  ['[{ type: analyze, for: 30 }, 100]', 57, 'strategy.steps[0].for is 30, which has no unit'],
  ['[{ type: analyze, for: 1s }, 100]', 57, 'steps[0].for is 1s, shorter than analysis.health_check_interval (10s)'],
  ['[{ type: approve, on_timeout: promote }, 100]', 64, 'on_timeout is "promote"; write one of pause, reject'],
  ['[{ type: hook, name: smoke }, 100]', 55, 'is "smoke", which no hook is called; write it under hooks, like smoke:'],
  ['[{ type: update, percent: 5 }, 100]', 34, 'nothing here keeps requests from them; write { type: traffic'],
];

it.each(BAD_STEPS)('steps: %s is refused', async (steps, column, said) => {
  const refusal = await files.refusal(`${LEAST}${JUDGED}strategy: { type: canary, steps: ${steps} }\n`);
  expect(refusal).toContain(`8:${column}: `);
  expect(refusal).toContain(said);
  expect(refusal).not.toMatch(/undefined|\[object|Invalid|\n/);
});

const BAD: [string, string, string, string][] = [
  [
    'steps and increment',
    `${JUDGED}strategy: { type: canary, steps: [100], increment: 10 }`,
    '8:52',
    'keep one of them',
  ],
  [
    'an increment of 0',
    `${JUDGED}strategy: { type: canary, increment: 0 }`,
    '8:38',
    'increment is 0; write a whole number',
  ],
  ['no analysis', 'strategy: { type: canary }', '6:11', 'strategy judges each of its steps, and nothing says what by'],
  [
    'a bare step without analysis',
    'strategy: { type: canary, steps: [{ type: traffic, weight: 10 }, 100] }',
    '6:66',
    'strategy.steps[1] is only a percent: a step that is judged, and nothing says what by; write metrics',
  ],
  [
    'an analysis step without analysis',
    'strategy: { type: canary, steps: [{ type: traffic, weight: 100 }, { type: analyze, for: 1m }] }',
    '6:75',
    'strategy.steps[1].type is analyze, and nothing says what by',
  ],
  [
    'approvals by batch',
    `${JUDGED}strategy: { type: canary }\napprovals: [{ before_batch: 2 }]`,
    '9:12',
    'approvals are before batches of a rolling deployment, and this one is canary; write { type: approve } among strategy.steps',
  ],
  [
    'match without a router',
    `${JUDGED}strategy: { type: canary, match: [{ type: cookie, name: beta, value: yes }] }`,
    '8:34',
    'strategy.match needs something that can tell requests apart; write traffic: { type: haproxy, … }',
  ],
  [
    'sticky without a router',
    `${JUDGED}strategy: { type: canary, sticky: { type: cookie, name: uid } }`,
    '8:35',
    'strategy.sticky needs something that can tell users apart; write traffic',
  ],
  [
    'a header that is none',
    `${JUDGED}${CANARY_TRAFFIC}strategy: { type: canary, match: [{ type: header, name: "x y", value: "1" }] }`,
    '9:57',
    'match[0].name is "x y"; write the name of a header or cookie',
  ],
  ...['x#y', "x'y", 'x`y', 'x|y'].map((name): [string, string, string, string] => [
    `a cookie that HAProxy takes for something else: ${name}`,
    `${JUDGED}${CANARY_TRAFFIC}strategy: { type: canary, sticky: { type: cookie, name: "${name}" } }`,
    '9:57',
    `sticky.name is "${name}"; write the name of a header or cookie`,
  ]),
  [
    'a rollback that is none',
    `${JUDGED}strategy: { type: canary, rollback: slow }`,
    '8:37',
    'write one of instant, progressive',
  ],
  [
    'a batch size of 0',
    `${JUDGED}strategy: { type: canary, batch_size: 0 }`,
    '8:39',
    'strategy.batch_size is 0; write a count of at least 1',
  ],
  [
    'a key of another strategy',
    `${JUDGED}strategy: { type: canary, window: 3 }`,
    '8:27',
    'strategy: unknown key "window"',
  ],
];

it.each(BAD)('a canary with %s is refused', async (_, text, place, said) => {
  const refusal = await files.refusal(`${LEAST}${text}\n`);
  expect(refusal).toContain(`${place}: `);
  expect(refusal).toContain(said);
});

it('may be rehearsed with all that needs a router, where it says that there is none', async () => {
  const text = `${LEAST}${JUDGED}traffic: { type: nop }
strategy: { type: canary, steps: [{ type: update, percent: 10 }, 100], sticky: { type: cookie, name: uid } }
`;
  await expect(files.read(text)).resolves.toMatchObject({ traffic: { kind: 'nop' } });
  expect(await files.refusal(text.replace(LEAST, REAL))).toContain('9:80: strategy.sticky needs something');
});
