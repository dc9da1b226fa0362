import { PLAIN } from '../../src/cli/output';
import { doctorLines } from '../../src/cli/verbs/doctor';
import {
  awaitingLine,
  barText,
  countsText,
  extentOf,
  progressBlock,
  progressChanges,
  timeLeftMs,
  titleText,
} from '../../src/cli/render/progress';
import { verdictLine } from '../../src/cli/render/exposure';
import { mixedLines, summaryLines } from '../../src/cli/render/summary';
import { logLines } from '../../src/cli/render/logs';
import { showLines } from '../../src/cli/render/show';
import { truncate } from '../../src/cli/render/truncate';
import { wrap } from '../../src/cli/render/wrap';
import { spanText } from '../../src/cli/render/words';
import { NO_EXPOSURE, type ExposureDocument } from '../../src/control/exposure';
import { createView } from '../../src/cli/view';
import type { Counts, InstanceDocument, StatusDocument } from '../../src/domain';
import { VERDICTS } from '../../src/domain/analysis';
import { exposureText } from '../../src/domain/exposure';
import { keptOutput, statusDocument } from '../support/cli';

const NONE: Counts = {
  total: 0,
  pending: 0,
  in_flight: 0,
  succeeded: 0,
  failed: 0,
  unchanged: 0,
  skipped: 0,
  rolled_back: 0,
  unresolved: 0,
};

const ON_NEW = { code_version: '1.5.0', configuration_version: '12' };
const ON_OLD = { code_version: '1.4.0', configuration_version: '11' };

function instance(instance_id: string, overrides: Partial<InstanceDocument> = {}): InstanceDocument {
  return { instance_id, state: 'succeeded', ...ON_NEW, ...overrides };
}

describe('words', () => {
  it.each([
    [0, '0 ms'],
    [850, '850 ms'],
    [12_000, '12 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
  ])('%d ms is %s', (ms, text) => expect(spanText(ms)).toBe(text));

  it.each([
    [{}, 'no instances'],
    [{ succeeded: 3, in_flight: 2, pending: 5 }, '3 updated · 2 in flight · 5 to go'],
    [
      { failed: 1, rolled_back: 4, unresolved: 2, skipped: 1, unchanged: 9 },
      '1 failed · 9 unchanged · 1 skipped · 4 rolled back · 2 unresolved',
    ],
  ])('counts %j are "%s"', (counts, text) =>
    expect(countsText(statusDocument({ status: 'running', counts: { ...NONE, ...counts } }))).toBe(text),
  );

  it.each([
    ['abcdef', 3, 'abc'],
    ['abc', 5, 'abc'],
    ['\x1b[31mabcdef\x1b[39m', 2, '\x1b[31mab\x1b[39m'],
  ])('%j cut to %d is %j', (line, width, cut) => expect(truncate(line, width)).toBe(cut));
});

describe('a line', () => {
  it.each([
    ['fits', 4, ['fits']],
    ['to go on: belay approve web', 12, ['to go on:', '  belay', '  approve', '  web']],
    ['abcdefghij', 4, ['abcd', '  ef', '  gh', '  ij']],
    ['\x1b[33mabcdefghij\x1b[39m', 6, ['abcdef', '  ghij']],
  ])('%j wrapped to %d is %j', (line, width, lines) => {
    const plain = (text: string) => text.replaceAll(/\x1b\[[0-9;]*m/g, '');
    const wrapped = wrap(line, width);
    expect(wrapped.map(plain)).toEqual(lines.map(plain));
    for (const each of wrapped) expect(plain(each).length).toBeLessThanOrEqual(width);
  });

  it('keeps its colour on each line', () => {
    expect(wrap('\x1b[33mone two\x1b[39m', 5)).toEqual(['\x1b[33mone\x1b[0m', '\x1b[33m  two\x1b[39m']);
  });
});

describe('the bar', () => {
  it.each([
    ['running', { total: 10, pending: 5, in_flight: 2, succeeded: 3 }, { done: 3, of: 10 }],
    ['running', { total: 10, pending: 5, in_flight: 0, unchanged: 5 }, { done: 5, of: 10 }],
    ['rolling_back', { total: 10, pending: 4, in_flight: 2, succeeded: 1, rolled_back: 3 }, { done: 3, of: 6 }],
    ['rollback_incomplete', { total: 4, rolled_back: 3, unresolved: 1 }, { done: 4, of: 4 }],
  ] as const)('of one that is %s with %j is %j', (status, counts, extent) => {
    expect(extentOf(statusDocument({ status, counts: { ...NONE, ...counts } }))).toEqual(extent);
  });

  it.each([
    [{ done: 0, of: 4 }, '[░░░░]'],
    [{ done: 1, of: 4 }, '[█░░░]'],
    [{ done: 4, of: 4 }, '[████]'],
    [{ done: 0, of: 0 }, '[████]'],
  ])('of %j is %s', (extent, bar) => expect(barText(extent, 4)).toBe(bar));
});

describe('the time left', () => {
  it.each([
    ['goes on as it went', {}, 70_000],
    ['is unknown before anything is done', { counts: { ...NONE, total: 4, pending: 4 } }, undefined],
    ['is unknown while paused', { status: 'paused' }, undefined],
    ['is unknown on the way back', { status: 'rolling_back' }, undefined],
  ] as const)('%s', (_, overrides, left) => expect(timeLeftMs(statusDocument(overrides))).toBe(left));
});

describe('the title of a mixed fleet', () => {
  const running = (code_version: string, configuration_version: string, instances: number) => ({
    release: { code_version, configuration_version },
    instances,
  });

  it.each([
    [[running('1.0.0', '11', 4), running('0.9.0', '11', 2)], 'mixed (1.0.0: 4, 0.9.0: 2)'],
    [[running('1.0.0', '11', 4), running('1.0.0', '10', 2)], 'mixed (1.0.0 / 11: 4, 1.0.0 / 10: 2)'],
    [[running('1.0.0', '11', 4), { release: null, instances: 1 }], 'mixed (1.0.0: 4, unknown: 1)'],
    [[running('3', '1', 4), running('2', '1', 2), running('1', '1', 1)], 'mixed (3: 4, 2: 2, …)'],
  ])('says who ran what: %#', (previous_releases, from) => {
    const title = titleText(statusDocument({ previous_releases }));
    expect(title).toBe(`production/web/12: ${from} → 1.5.0 (configuration 12)`);
    expect(title.length).toBeLessThanOrEqual(82);
  });
});

describe('what is waited for', () => {
  it('comes with the command that ends it', () => {
    const awaiting = {
      kind: 'approval',
      since: '2026-01-31T12:00:00Z',
      command: 'belay approve production/web/12',
    } as const;
    const line = awaitingLine(statusDocument({ status: 'awaiting_approval', awaiting }));
    expect(line).toMatch(/^waits for an approval since 2026-.*; to go on: belay approve production\/web\/12$/);
  });

  it('of a window is its opening; the command drops the deployment', () => {
    const times = { since: '2026-01-31T12:00:00Z', until: '2026-02-02T08:00:00Z' };
    const awaiting = { kind: 'window', ...times, command: 'belay abort production/web/12' } as const;
    expect(awaitingLine(statusDocument({ status: 'running', awaiting }))).toMatch(
      /^waits until it may go forward, until 2026-.*; to drop it: belay abort production\/web\/12$/,
    );
  });
});

describe('progress', () => {
  it('on a terminal is a block: bar, batch, counts, who is worked on, failures', () => {
    const document = statusDocument({
      simulated: true,
      failures: [{ instance: 'web-03', reason: 'answered 503', attempts: 3 }],
      counts: { ...NONE, total: 10, pending: 5, in_flight: 2, succeeded: 2, failed: 1 },
      links: { web_ui: 'http://localhost:8233/x' },
    });
    expect(progressBlock(document, ['web-04', 'web-05'], PLAIN)).toEqual([
      'production/web/12: 1.4.0 (configuration 11) → 1.5.0 (configuration 12)',
      '[███████░░░░░░░░░░░░░░░░░] 3/10  running  batch 2 of 4  about 1 min 10 s left',
      '2 updated · 2 in flight · 1 failed · 5 to go',
      'SIMULATED: NOTHING WAS CHANGED',
      'now: web-04, web-05',
      '✗ web-03: answered 503',
    ]);
  });

  it('elsewhere is a line for each change, and none for none', () => {
    const first = statusDocument();
    expect(progressChanges(undefined, first)).toEqual([
      'production/web/12: 1.4.0 (configuration 11) → 1.5.0 (configuration 12)',
      'running: 3/10, batch 2 of 4: 3 updated · 2 in flight · 5 to go',
    ]);
    expect(progressChanges(first, { ...first, duration_ms: 31_000 })).toEqual([]);
    const failed = {
      ...first,
      counts: { ...first.counts, in_flight: 1, failed: 1 },
      failures: [{ instance: 'web-04', reason: 'timed out', attempts: 3 }],
    };
    expect(progressChanges(first, failed)).toEqual([
      '✗ web-04: timed out',
      'running: 4/10, batch 2 of 4: 3 updated · 1 in flight · 1 failed · 5 to go',
    ]);
    expect(progressChanges(failed, failed)).toEqual([]);
  });
});

describe('what a release gets, and how it does', () => {
  const measured = statusDocument({
    traffic_percent: 25,
    analysis: {
      last: { kind: 'fail', text: 'error rate is 6.1% (61 of 1,000), above 5%' },
      violations: 2,
      limit: 3,
      count: 'consecutive',
    },
  });

  it('on a terminal is a line each, below the counts', () => {
    expect(progressBlock(measured, [], PLAIN).slice(3)).toEqual([
      'traffic: 25% · violations: 2 of 3 in a row',
      '✗ error rate is 6.1% (61 of 1,000), above 5%',
    ]);
  });

  it('is said elsewhere when traffic, violations or the verdict are others, and not for other numbers', () => {
    const { analysis } = measured;
    const after = {
      ...measured,
      analysis: { ...analysis!, last: { kind: 'fail' as const, text: 'error rate is 7%' } },
    };
    expect(progressChanges(measured, after)).toEqual([]);
    expect(progressChanges(measured, { ...after, traffic_percent: 50 })).toEqual([
      'traffic: 50% · violations: 2 of 3 in a row',
    ]);
    const passed = { ...analysis!, violations: 0, last: { kind: 'pass' as const, text: 'error rate is 1%' } };
    expect(progressChanges(measured, { ...measured, analysis: passed })).toEqual([
      'traffic: 25% · violations: 0 of 3 in a row',
      '✓ error rate is 1%',
    ]);
  });

  it.each<[string, Partial<StatusDocument>, string | undefined]>([
    ['nothing', {}, undefined],
    ['no traffic', { traffic_percent: 0 }, 'traffic: 0%'],
    ['features', { enabled_features: { new_ui: 25, search: 0 } }, 'features: new_ui 25%, search off'],
    ['no features', { enabled_features: {} }, 'features: none'],
    ['violations in all', { analysis: { violations: 1, limit: 3, count: 'total' } }, 'violations: 1 of 3'],
  ])('says %s', (_, overrides, text) => expect(exposureText(statusDocument(overrides))).toBe(text));

  it('has a sign for each verdict, for whoever sees no colours', () => {
    const signs = VERDICTS.map((kind) => {
      const analysis = { last: { kind, text: '' }, violations: 0, limit: 3, count: 'total' as const };
      return verdictLine(statusDocument({ analysis }), PLAIN);
    });
    expect(new Set(signs).size).toBe(VERDICTS.length);
  });
});

describe('blue-green', () => {
  const sides = { before: 'blue', release: 'green', untouched: 3 };
  const going = statusDocument({
    strategy: 'blue_green',
    router: 'haproxy',
    sides,
    counts: { ...NONE, total: 6, pending: 3, skipped: 3 },
  });
  const back = statusDocument({
    ...going,
    status: 'rolled_back',
    traffic_percent: 0,
    step: { index: 1, of: 1, kind: 'switch', summary: 'all requests are back' },
    counts: { ...NONE, total: 6, succeeded: 3, skipped: 3 },
  });

  it('counts the group that gets the release, and says which one serves', () => {
    expect(progressChanges(undefined, going).slice(1)).toEqual([
      'running: 0/3, batch 2 of 4: 3 of blue not touched · 3 to go',
      'traffic: all at blue',
    ]);
    expect(exposureText({ ...going, traffic_percent: 100 })).toBe('traffic: all at green');
  });

  it('taken back says where all requests are', () => {
    expect(progressChanges(going, back)).toEqual([
      'rolled back: all requests are back: 3 updated · 3 of blue not touched',
    ]);
    expect(summaryLines(back, [], PLAIN).at(-1)).toBe(
      'all requests are back at blue, which runs 1.4.0 (configuration 11); green stays as it is, without requests',
    );
  });
});

it('says on the way back that requests went first', () => {
  const before = statusDocument({ strategy: 'canary', status: 'rolling_back', traffic_percent: 40 });
  const counts = { ...NONE, total: 10, pending: 8, rolled_back: 2 };
  expect(progressChanges(before, { ...before, traffic_percent: 0, counts })).toEqual([
    'traffic: 0%',
    expect.stringMatching(/^rolling back: 2\/2/),
  ]);
});

it('says nothing of violations before anything was measured', () => {
  const analysis = { violations: 0, limit: 1, count: 'consecutive' as const };
  expect(exposureText(statusDocument({ analysis }))).toBeUndefined();
});

describe('a terminal', () => {
  it('gets the link whole and once, and each frame from the first column on', () => {
    const drawn: string[] = [];
    const { output } = keptOutput();
    const view = createView({ ...output, live: true, columns: () => 60, draw: (text) => void drawn.push(text) });
    const link = `http://localhost:8233/${'x'.repeat(60)}`;
    const document = statusDocument({ links: { web_ui: link } });
    view.update({ document }, []);
    view.update({ document }, []);
    const title = 'production/web/12: 1.4.0 (configuration 11) → 1.5.0\n  (configuration 12)';
    expect(drawn[0]).toContain(`\r\x1b[0Jwatch it at ${link}\n${title}\n`);
    expect(drawn[1]).toContain(`\r\x1b[5A\x1b[0J${title}\n`);
  });

  it('is told nothing by whoever gave a name or a reason', () => {
    const drawn: string[] = [];
    const { output } = keptOutput();
    const view = createView({ ...output, live: true, draw: (text) => void drawn.push(text) });
    const reason = 'no\u009b2J \x1b]0;title\x07 \u202eno';
    view.update({ document: statusDocument({ failures: [{ instance: 'web-03', reason, attempts: 3 }] }) }, []);
    expect(drawn.join('')).toContain('no 2J  ]0;title   no');
  });

  it('of 60 columns shows the command to go on whole, and cuts what is only shown', () => {
    const drawn: string[] = [];
    const { output } = keptOutput();
    const view = createView({ ...output, live: true, columns: () => 60, draw: (text) => void drawn.push(text) });
    const command = 'belay approve production/storefront/12';
    const document = statusDocument({
      status: 'awaiting_approval',
      awaiting: { kind: 'approval', since: '2026-01-31T12:00:00Z', until: '2026-01-31T16:00:00Z', command },
      failures: [{ instance: 'web-03', reason: 'x'.repeat(200), attempts: 3 }],
    });
    view.update({ document }, []);
    const lines = drawn.join('').split('\n');
    // On one line, so that it can be copied.
    expect(lines).toContain(`  ${command}`);
    expect(lines.filter((line) => line.includes('xxx'))).toHaveLength(1);
    for (const line of lines) expect(line.replaceAll(/\x1b\[[0-9;]*[A-Za-z]/g, '').length).toBeLessThan(60);
  });
});

describe('logs', () => {
  it('say which way, and how long it took apart from why it failed', () => {
    const [startedAt, endedAt] = [new Date(0), new Date(3_000)];
    const row = { generation: 12, ordinal: 0, name: 'web-01', attempt: 1, round: 0, startedAt, endedAt };
    const failed = { ...row, towards: 'release' as const, ok: false, reason: 'status 503, wanted 200' };
    const done = { ...row, towards: 'snapshot' as const, ok: true };
    const [one, two] = logLines([failed, done], PLAIN);
    expect(one).toMatch(/^web-01, attempt 1 \(towards the release\), .*: failed after 3 s: status 503, wanted 200$/);
    expect(two).toMatch(/^web-01, attempt 1 \(back to its snapshot\), .*: done after 3 s$/);
  });
});

describe('logs of hooks', () => {
  it('stand among those of attempts, in the order of their starts', () => {
    const at = (seconds: number) => new Date(seconds * 1_000);
    const row = { generation: 12, name: 'web-01', attempt: 1, towards: 'release' as const, ok: true };
    const run = { generation: 12, hook: 'smoke', moment: 'step 2 of 5' };
    const lines = logLines(
      [
        { ...row, startedAt: at(0), endedAt: at(1), output: 'restarted\n' },
        { ...row, name: 'web-02', startedAt: at(9), endedAt: at(10) },
      ],
      PLAIN,
      [
        {
          ...run,
          number: 3,
          startedAt: at(2),
          endedAt: at(5),
          fault: 'the hook smoke exited with status 7: b',
          output: 'a\nb\n',
        },
        { ...run, number: 4, startedAt: at(6), endedAt: at(7) },
      ],
    );
    expect(lines).toEqual([
      expect.stringMatching(/^web-01, attempt 1 /),
      '  restarted',
      expect.stringMatching(
        /^the hook smoke \(step 2 of 5\), .*: failed after 3 s: the hook smoke exited with status 7: b$/,
      ),
      '  a',
      '  b',
      expect.stringMatching(/^the hook smoke \(step 2 of 5\), .*: done after 1 s$/),
      expect.stringMatching(/^web-02, attempt 1 /),
    ]);
  });
});

describe('show', () => {
  it.each([
    ['aborted', /web-02 +not touched/],
    ['running', /web-02 +pending/],
  ] as const)('of one that is %s calls those that nobody went to %s', (status, said) => {
    const standing = { document: statusDocument({ status }), source: 'database' as const, recorded: true, lost: false };
    const instances = [instance('web-02', { state: 'pending', ...ON_OLD })];
    expect(showLines({ standing, instances, events: [], exposure: NO_EXPOSURE }, PLAIN).join('\n')).toMatch(said);
  });

  it('says what it got of the requests, and the last verdict check by check', () => {
    const at = new Date(2026, 0, 31, 12, 0, 0);
    const findings = [
      { check: 'error rate', kind: 'fail' as const, text: 'error rate is 6%, above 5%', value: 0.06 },
      { check: 'queue', kind: 'no_data' as const, text: 'queue: nothing was measured' },
    ];
    const from = new Date(at.getTime() - 30_000).toISOString();
    const exposure: ExposureDocument = {
      switch_time: { at: at.toISOString(), took_ms: 120 },
      features_history: [],
      traffic_history: [
        { at: at.toISOString(), traffic_percent: 100, confirmed_ms: 120 },
        { at: at.toISOString(), traffic_percent: 0, confirmed_ms: null },
      ],
      last_verdict: { from, until: at.toISOString(), kind: 'fail', text: '', findings, traffic_percent: 100 },
      metrics_history: [],
    };
    const document = statusDocument({
      traffic_percent: 0,
      analysis: { violations: 3, limit: 3, count: 'consecutive' },
      enabled_features: { new_ui: 25 },
    });
    const standing = { document, source: 'database' as const, recorded: true, lost: false };
    const lines = showLines({ standing, instances: [], events: [], exposure }, PLAIN).map((line) =>
      line.replaceAll(/ {2,}/g, '  '),
    );
    expect(lines).toEqual(
      expect.arrayContaining([
        'traffic:  0% of the requests',
        'features:  new_ui 25%',
        'violations: 3 of 3 in a row',
        'switch:  got all requests 2026-01-31 12:00:00, and every router had it in 120 ms',
        'last measured 2026-01-31 12:00:00, over 30 s, with 100% of the requests:',
        '✗ fail  error rate is 6%, above 5%',
        '∅ no data  queue: nothing was measured',
        '2026-01-31 12:00:00  100%  after 120 ms',
        '2026-01-31 12:00:00  0%  not confirmed',
      ]),
    );
  });

  it('says which group got what of the requests, and which feature what of the users', () => {
    const at = new Date(2026, 0, 31, 12, 0, 0).toISOString();
    const exposure: ExposureDocument = {
      ...NO_EXPOSURE,
      traffic_history: [{ at, traffic_percent: 50, group: 'eu', confirmed_ms: 120 }],
      features_history: [{ at, feature: 'new_ui', percent: 25 }],
    };
    const standing = { document: statusDocument(), source: 'database' as const, recorded: true, lost: false };
    const lines = showLines({ standing, instances: [], events: [], exposure }, PLAIN).map((line) =>
      line.replaceAll(/ {2,}/g, '  '),
    );
    expect(lines).toEqual(
      expect.arrayContaining(['2026-01-31 12:00:00  eu  50%  after 120 ms', '2026-01-31 12:00:00  new_ui  25%']),
    );
  });

  it('says of one that went back why it had to', () => {
    const failures = [{ instance: 'web-02', reason: 'status 503, wanted 200', attempts: 3 }];
    const document = statusDocument({ status: 'rolled_back', failures });
    const standing = { document, source: 'database' as const, recorded: true, lost: false };
    const instances = [instance('web-02', { state: 'rolled_back', ...ON_OLD })];
    expect(showLines({ standing, instances, events: [], exposure: NO_EXPOSURE }, PLAIN).join('\n')).toMatch(
      /web-02 +rolled back .*status 503, wanted 200/,
    );
  });
});

describe('the summary', () => {
  it('of a success says what runs and how to undo it', () => {
    const document = statusDocument({ status: 'succeeded', counts: { ...NONE, total: 2, succeeded: 2 } });
    expect(summaryLines(document, [instance('web-01'), instance('web-02')], PLAIN)).toEqual([
      'production/web/12 succeeded after 30 s: 2 updated',
      'runs 1.5.0 (configuration 12) now; to undo it: `belay rollback production/web/12`',
    ]);
  });

  it('of one that touched nothing offers nothing to undo', () => {
    const document = statusDocument({ status: 'succeeded', counts: { ...NONE, total: 2, unchanged: 1, skipped: 1 } });
    const [same, left] = [instance('web-01', { state: 'unchanged' }), instance('web-02', { state: 'skipped' })];
    expect(summaryLines(document, [same, left], PLAIN).at(-1)).toBe('nothing had to be changed');
    expect(summaryLines(document, [same, { ...left, attempts: 3 }], PLAIN).at(-1)).toContain('to undo it');
  });

  it('of one with failures does not read as if all were well, even on one release', () => {
    expect(mixedLines([instance('web-01'), instance('web-02', { state: 'failed' })])).toEqual([
      'all are on one release, but not all are good on it:',
      '  2 instances on 1.5.0 / 12: web-01, web-02 (failed)',
    ]);
  });

  it('of an abort prints the mixed state and the command that undoes it', () => {
    const document = statusDocument({
      status: 'aborted',
      reason: 'abort by ann@here',
      counts: { ...NONE, total: 3, succeeded: 1, failed: 1, pending: 1 },
    });
    const instances = [
      instance('web-01'),
      instance('web-02', { state: 'failed', reason: 'cancelled', ...ON_OLD }),
      instance('web-03', { state: 'pending', ...ON_OLD }),
    ];
    expect(summaryLines(document, instances, PLAIN)).toEqual([
      'production/web/12 aborted after 30 s: 1 updated · 1 failed · 1 not touched',
      'why: abort by ann@here',
      '✗ web-02 failed: cancelled',
      'the fleet is mixed:',
      '  1 instance on 1.5.0 / 12: web-01',
      '  2 instances on 1.4.0 / 11: web-02 (failed), web-03',
      'instances are left as they are; to undo what was done: `belay rollback production/web/12`',
    ]);
  });

  it('of an abort before anything was touched has nothing to undo', () => {
    const document = statusDocument({ status: 'aborted', counts: { ...NONE, total: 1, pending: 1 } });
    const instances = [instance('web-01', { state: 'pending', ...ON_OLD })];
    expect(summaryLines(document, instances, PLAIN).at(-1)).toBe('nothing was touched, so there is nothing to undo');
  });

  it('of a canary that was aborted says that it keeps its requests, and what that means', () => {
    const canary = { strategy: 'canary', router: 'haproxy' as const, traffic_percent: 40 };
    const document = statusDocument({ ...canary, status: 'aborted', counts: { ...NONE, total: 1, succeeded: 1 } });
    expect(summaryLines(document, [instance('web-01')], PLAIN).slice(-2)).toEqual([
      'the release keeps 40% of the requests: until it is rolled back, the next deployment of production/web is refused',
      'instances are left as they are; to undo what was done: `belay rollback production/web/12`',
    ]);
  });

  it('of an incomplete rollback names every instance that is left, and why', () => {
    const document = statusDocument({
      status: 'rollback_incomplete',
      counts: { ...NONE, total: 2, rolled_back: 1, unresolved: 1 },
    });
    const instances = [
      instance('web-01', { state: 'rolled_back', ...ON_OLD }),
      instance('web-02', { state: 'unresolved', reason: 'it had no version before', attempts: 2 }),
    ];
    const lines = summaryLines(document, instances, PLAIN);
    expect(lines).toContain('✗ web-02 unresolved: it had no version before (2 attempts)');
    expect(lines.at(-1)).toBe('to try the rest again: `belay rollback production/web`');
  });

  it('of a large fleet stays short', () => {
    const many = Array.from({ length: 100 }, (_, i) => instance(`web-${i}`, { state: 'failed', reason: 'no' }));
    const lines = summaryLines(statusDocument({ status: 'failed' }), many, PLAIN);
    expect(lines).toContain('  and 50 more');
    expect(mixedLines(many)[1]).toMatch(/web-7 \(failed\) and 92 more$/);
  });
});

describe('doctor', () => {
  it('says what to do about what is not well', () => {
    expect(
      doctorLines(
        [
          { name: 'node', state: 'ok', detail: '20.20.0', remedy: 'not needed' },
          { name: 'worker', state: 'failed', detail: 'none polls', remedy: 'start one: belay worker' },
        ],
        PLAIN,
      ),
    ).toEqual(['✓ node    20.20.0', '✗ worker  none polls', '          → start one: belay worker']);
  });
});
