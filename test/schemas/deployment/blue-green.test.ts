import { deploymentFiles, JUDGED, LEAST, haproxy, REAL, SLOT_TRAFFIC } from '../../support/deployment-file';

const files = deploymentFiles();
const COMMAND = 'traffic: { type: command, shift: [./shift.sh], read: [./read.sh] }\n';

describe('a blue-green that is right', () => {
  it.each([
    ['without analysis', '', 0, 600_000],
    ['with analysis', JUDGED, 1_800_000, 1_800_000],
    ['with a short one', JUDGED.replace('30m', '1m'), 60_000, 600_000],
  ])('has the defaults %s', async (_, judged, watchMs, keepMs) => {
    const text = `${LEAST}${judged}${SLOT_TRAFFIC}strategy: { type: blue_green }\n`;
    expect((await files.read(text)).strategy).toEqual({
      kind: 'blue_green',
      slotLabel: 'slot',
      batchSize: { kind: 'percent', percent: 100 },
      validate: [],
      watchMs,
      keepMs,
    });
  });

  it('has all that is written', async () => {
    const text = `${LEAST}${JUDGED}${COMMAND}hooks: { smoke: { type: http, url: "http://smoke/run" } }
strategy:
  type: blue_green
  slots: { blue: [web-01, web-02], green: [web-03] }
  batch_size: 2
  validate: [{ type: hook, name: smoke }, { type: analyze }, { type: approve, timeout: 4h }, { type: bake, for: 1m }]
  watch_after_switch: 0s
  keep_for: 0s
`;
    expect((await files.read(text)).strategy).toEqual({
      kind: 'blue_green',
      slotLabel: 'slot',
      slots: { blue: ['web-01', 'web-02'], green: ['web-03'] },
      batchSize: { kind: 'count', count: 2 },
      validate: [
        { kind: 'hook', hook: 'smoke' },
        { kind: 'analyze', forMs: 1_800_000 },
        { kind: 'approve', timeoutMs: 14_400_000, onTimeout: 'pause' },
        { kind: 'bake', forMs: 60_000 },
      ],
      watchMs: 0,
      keepMs: 0,
    });
  });

  it('may be rehearsed without a router', async () => {
    const text = `${LEAST}traffic: { type: nop }\nstrategy: { type: blue_green, slot_label: colour }\n`;
    await expect(files.read(text)).resolves.toMatchObject({ strategy: { slotLabel: 'colour' } });
  });
});

const BAD: [string, string, string, string][] = [
  ['no router', 'strategy: { type: blue_green }', '1:1', 'traffic is missing, and blue_green switches requests'],
  [
    'a router that is none',
    'traffic: { type: nop }\nstrategy: { type: blue_green }',
    '6:18',
    'traffic.type is nop, and blue_green switches requests from one group to the other; write traffic: { type: haproxy',
  ],
  [
    'traffic before it is validated',
    `${SLOT_TRAFFIC}strategy: { type: blue_green, validate: [{ type: traffic, weight: 10 }] }`,
    '7:50',
    'strategy.validate[0].type is "traffic", and the idle group gets no requests before it has passed all of these; write one of hook',
  ],
  [
    'an update to validate by',
    `${SLOT_TRAFFIC}strategy: { type: blue_green, validate: [{ type: update, percent: 10 }] }`,
    '7:50',
    'is "update", and all of the idle group is updated before; write one of hook',
  ],
  [
    'a percent to validate by',
    `${SLOT_TRAFFIC}strategy: { type: blue_green, validate: [10] }`,
    '7:42',
    'strategy.validate[0] is 10; write a map with type',
  ],
  [
    'a hook that is misspelt',
    `${SLOT_TRAFFIC}hooks: { smoke: { type: command, run: [./smoke.sh] } }\nstrategy: { type: blue_green, validate: [{ type: hook, name: smok }] }`,
    '8:62',
    'strategy.validate[0].name is "smok", which no hook is called; did you mean "smoke"?',
  ],
  [
    'an analysis by nothing',
    `${SLOT_TRAFFIC}strategy: { type: blue_green, validate: [{ type: analyze }] }`,
    '7:50',
    'is analyze, and nothing says what by; write metrics',
  ],
  [
    'a watch by nothing',
    `${SLOT_TRAFFIC}strategy: { type: blue_green, watch_after_switch: 30m }`,
    '7:51',
    'strategy.watch_after_switch is 30m, and nothing says what is measured; write metrics',
  ],
  [
    'a watch that is too short',
    `${JUDGED}${SLOT_TRAFFIC}strategy: { type: blue_green, watch_after_switch: 5s }`,
    '9:51',
    'strategy.watch_after_switch is 5s, shorter than analysis.health_check_interval (10s)',
  ],
  [
    'a group that goes before the watch ends',
    `${JUDGED}${SLOT_TRAFFIC}strategy: { type: blue_green, watch_after_switch: 10m, keep_for: 5m }`,
    '9:66',
    'strategy.keep_for is 5m, shorter than watch_after_switch (10m): a violation after it could not be taken back',
  ],
  [
    'a group that goes before the analysis ends',
    `${JUDGED}${SLOT_TRAFFIC}strategy: { type: blue_green, keep_for: 5m }`,
    '9:41',
    'strategy.keep_for is 5m, shorter than analysis.monitoring_duration (30m)',
  ],
  [
    'one group',
    `${SLOT_TRAFFIC}strategy: { type: blue_green, slots: { blue: [web-01] } }`,
    '7:38',
    'strategy.slots has 1 group, and blue-green switches between two; write two groups',
  ],
  [
    'three groups',
    `${SLOT_TRAFFIC}strategy: { type: blue_green, slots: { a: [web-01], b: [web-02], c: [web-03] } }`,
    '7:38',
    'strategy.slots has 3 groups, and blue-green switches between two',
  ],
  [
    'an empty group',
    `${SLOT_TRAFFIC}strategy: { type: blue_green, slots: { blue: [], green: [web-02] } }`,
    '7:46',
    'strategy.slots.blue is an empty list',
  ],
  [
    'one instance in both groups',
    `${SLOT_TRAFFIC}strategy: { type: blue_green, slots: { blue: [web-01], green: [web-02, web-01] } }`,
    '7:72',
    'strategy.slots.green[1] is web-01, which is in blue already; leave it in one group',
  ],
  [
    'a label and lists',
    `${SLOT_TRAFFIC}strategy: { type: blue_green, slot_label: slot, slots: { blue: [a], green: [b] } }`,
    '7:56',
    'strategy.slots stand beside slot_label; keep the one',
  ],
  [
    'backends of other groups',
    `${haproxy('{ blue: b, gren: g }')}strategy: { type: blue_green, slots: { blue: [a], green: [b] } }`,
    '6:111',
    'traffic.backends are of blue, gren, and the groups are blue, green; write a backend for each of them',
  ],
  [
    'three backends',
    `${haproxy('{ blue: b, green: g, red: r }')}strategy: { type: blue_green }`,
    '6:111',
    'traffic.backends has 3, and blue_green has two groups; write a backend for each',
  ],
  [
    'approvals by batch',
    `${SLOT_TRAFFIC}strategy: { type: blue_green }\napprovals: [{ before_batch: 1 }]`,
    '8:12',
    'and this one is blue_green; write { type: approve } under strategy.validate',
  ],
];

it.each(BAD)('a blue-green with %s is refused', async (_, text, place, said) => {
  const refusal = await files.refusal(`${REAL}${text}\n`);
  expect(refusal).toContain(`${place}: `);
  expect(refusal).toContain(said);
  expect(refusal).not.toMatch(/undefined|\[object|Invalid|\n/);
});
