import { CANARY_TRAFFIC, deploymentFiles, FEATURES, JUDGED, LEAST } from '../../support/deployment-file';

const files = deploymentFiles();
const deploymentOf = (features: string) =>
  files.read(`${FEATURES}strategy: { type: feature_flags, features: ${features} }\n`);

describe('a deployment of features that is right', () => {
  it('has percents for each, in order, and neither fleet nor driver', async () => {
    const text = `${FEATURES}${JUDGED}strategy:
  type: feature_flags
  features: { new_ui: [5, 25, 100], advanced_analytics: true, experimental_feature: false }
  on_violation: all
`;
    const spec = await files.read(text);
    expect(spec).toMatchObject({
      fleet: { kind: 'none' },
      driver: { kind: 'none' },
      strategy: {
        kind: 'feature_flags',
        features: [
          { key: 'new_ui', steps: [5, 25, 100] },
          { key: 'advanced_analytics', steps: [10, 25, 50, 75, 100] },
          { key: 'experimental_feature', steps: 'off' },
        ],
        onViolation: 'all',
      },
    });
    expect(spec.analysis).toBeDefined();
    expect(spec).not.toHaveProperty('snapshotFile');
  });

  it('needs no release: other features are another version', async () => {
    const [one, same, other] = await Promise.all(['{ a: [5] }', '{ a: [5] }', '{ a: [6] }'].map(deploymentOf));
    expect(one?.release).toEqual({
      codeVersion: 'features',
      configurationVersion: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
    expect(same?.release).toEqual(one?.release);
    expect(other?.release).not.toEqual(one?.release);
  });

  it('may have one', async () => {
    const text = `${FEATURES}release: { code_version: launch, configuration_version: 1 }\nstrategy: { type: feature_flags, features: { a: true } }\n`;
    expect((await files.read(text)).release).toEqual({ codeVersion: 'launch', configurationVersion: '1' });
  });
});

/** The features of line 3, the column where they are wrong, and what is said. */
const BAD_FEATURES: [string, number, string][] = [
  ['{}', 44, 'strategy.features names no feature; write a map like { new_ui: [5, 25, 100] }'],
  ['[new_ui]', 44, 'strategy.features is a list; write a map of features'],
  ['{ a: [] }', 49, 'strategy.features.a is an empty list; write a list of percents, like [5, 25, 100], true'],
  ['{ a: 50 }', 49, 'strategy.features.a is 50; write a list of percents'],
  [
    '{ a: yes }',
    49,
    'strategy.features.a is "yes"; write a list of percents, like [5, 25, 100], true for the usual steps',
  ],
  ['{ a: ~ }', 49, 'strategy.features.a is empty (null); write a list of percents'],
  ['{ a: [0, 5] }', 50, 'strategy.features.a[0] is 0; write a whole number from 1 to 100'],
  ['{ a: [5, 101] }', 53, 'strategy.features.a[1] is 101; write a whole number from 1 to 100'],
  ['{ a: [2.5] }', 50, 'strategy.features.a[0] is 2.5; write a whole number'],
  ['{ a: [50, 25] }', 54, 'strategy.features.a[1] is 25 after 50; steps only go up'],
  ['{ a: [50, 50] }', 54, 'strategy.features.a[1] is 50 after 50; steps only go up'],
  ['{ "new ui": true }', 56, "strategy.features.new ui can't be the name of a flag: a name has 1 to 63"],
];

it.each(BAD_FEATURES)('features: %s are refused', async (features, column, said) => {
  const refusal = await files.refusal(`${FEATURES}strategy: { type: feature_flags, features: ${features} }\n`);
  expect(refusal).toContain(`3:${column}: `);
  expect(refusal).toContain(said);
  expect(refusal).not.toMatch(/undefined|\[object|Invalid|\n/);
});

const STRATEGY = 'strategy: { type: feature_flags, features: { a: true } }\n';

it('has nothing that is of instances', async () => {
  const refusal = await files.refusal(`${LEAST}${CANARY_TRAFFIC}groups: { by: region, order: [eu] }\n${STRATEGY}`);
  expect(refusal.split('\n')).toEqual([
    '4:8: fleet is of instances, and feature_flags changes none; remove it',
    '5:9: driver is of instances, and feature_flags changes none; remove it',
    '6:10: traffic is of instances, and feature_flags changes none; remove it',
    '7:9: groups is of instances, and feature_flags changes none; remove it',
  ]);
});

it.each([
  ['metrics: { type: agent }\nanalysis: { thresholds: { max_error_rate: 5% } }\n', '3:18', 'features have no agents'],
  ['approvals: [{ before_batch: 1 }]\n', '3:12', 'this one is feature_flags; remove them'],
  [
    'release: { code_version: 1, configuration_version: 1, flags: { a: 5 } }\n',
    '3:62',
    'release.flags are of a release that is installed; write them under strategy.features',
  ],
])('beside %s it is refused', async (beside, place, said) => {
  const refusal = await files.refusal(`${FEATURES}${beside}${STRATEGY}`);
  expect(refusal).toContain(`${place}: `);
  expect(refusal).toContain(said);
});

it('only features need no release, fleet and driver', async () => {
  expect((await files.refusal(FEATURES)).split('\n')).toEqual([
    '1:1: release is missing; write { code_version: 1.5.0, configuration_version: 12 }',
    '1:1: fleet is missing; write { file: instances.json } or { labels: { role: web } }',
    '1:1: driver is missing; write a map with type and what belongs to it',
  ]);
});
