import type { AnalysisRule } from '../../../src/domain/analysis';
import { progressOf, wakeAt } from '../../../src/domain/rollout';
import { policy, RolloutHarness } from '../../support/rollout';

const S = 1_000;
const rule = (overrides: Partial<AnalysisRule> = {}): AnalysisRule => ({
  durationMs: 30 * S,
  intervalMs: 10 * S,
  violations: 3,
  count: 'consecutive',
  onNoData: 'pause',
  onInconclusive: 'pause',
  ...overrides,
});
/** Two instances, one a batch; the first is good, and watched. */
const watched = (overrides: Partial<AnalysisRule> = {}, rest = {}) =>
  new RolloutHarness(2, policy({ sizes: [1], analysis: rule(overrides), ...rest })).good(0);
const last = ({ commands }: RolloutHarness, kind: string) =>
  commands.flatMap((each) => (each.kind === 'log' && each.entry.type === kind ? [each.entry.reason] : [])).at(-1);
const passes = (rollout: RolloutHarness) => {
  for (let count = 0; count < 3; count++) rollout.after(10 * S).measured('pass');
  return rollout;
};

it('measures the time since the last measurement, at the end all of it, and goes on only then', () => {
  const rollout = watched();
  expect(wakeAt(rollout.state)).toBe(10 * S);
  rollout.after(10 * S);
  expect(wakeAt(rollout.state)).toBeUndefined();
  rollout
    .measured('pass')
    .after(10 * S)
    .measured('pass');
  expect(rollout.changes).toEqual([[0]]);
  rollout.after(10 * S).measured('pass');
  expect(rollout.measurements.map(({ number, from, until }) => [number, from / S, until / S])).toEqual([
    [0, 0, 10],
    [1, 10, 20],
    [2, 0, 30],
  ]);
  expect(rollout.changes).toEqual([[0], [1]]);
});

it('watches after the last batch, too, before it bakes', () => {
  const rollout = passes(watched({}, { bakeMs: 60 * S })).good(1);
  expect(progressOf(rollout.state).step.kind).toBe('analyze');
  passes(rollout);
  expect(progressOf(rollout.state).step.kind).toBe('bake');
  rollout.after(60 * S);
  expect(rollout.ended).toBe('succeeded');
});

it('goes back after so many failed measurements in a row', () => {
  const rollout = watched({ durationMs: 90 * S });
  rollout.after(10 * S).measured('fail', 'error rate is 9%');
  rollout.after(10 * S).measured('pass');
  rollout
    .after(10 * S)
    .measured('fail')
    .after(10 * S)
    .measured('fail');
  expect(progressOf(rollout.state)).toMatchObject({
    status: 'running',
    step: { kind: 'analyze', summary: 'watching batch 1' },
    analysis: { violations: 2, limit: 3, last: { kind: 'fail' } },
  });
  rollout
    .after(10 * S)
    .measured('fail', 'error rate is 9%')
    .restored(0);
  expect(rollout.ended).toBe('rolled_back');
  expect(progressOf(rollout.state)).toMatchObject({
    reason: 'error rate is 9% (violation 3 of 3 in a row)',
    violations: [{ at: 10 * S, reason: 'error rate is 9%' }, { at: 30 * S }, { at: 40 * S }, { at: 50 * S }],
  });
  expect(last(rollout, 'violation')).toBe('error rate is 9% (3 of 3 in a row)');
});

it('counts all of them, over the batches, where it is asked to', () => {
  const rollout = watched({ count: 'total', violations: 2 });
  rollout
    .after(10 * S)
    .measured('fail')
    .after(10 * S)
    .measured('pass')
    .after(10 * S)
    .measured('pass');
  rollout
    .good(1)
    .after(10 * S)
    .measured('fail');
  expect(progressOf(rollout.state)).toMatchObject({ status: 'rolling_back', reason: 'fail (violation 2 of 2)' });
});

it('goes back when all of the time is a failure, however few measurements failed', () => {
  const rollout = watched();
  rollout
    .after(10 * S)
    .measured('pass')
    .after(10 * S)
    .measured('pass');
  rollout
    .after(10 * S)
    .measured('fail', 'p95 is 2 s')
    .restored(0);
  expect(rollout.ended).toBe('rolled_back');
  expect(progressOf(rollout.state).reason).toBe('p95 is 2 s (all of the time watched)');
});

it('does what on_failure says', () => {
  for (const [onFailure, status] of [
    ['pause', 'paused'],
    ['abort', 'failed'],
  ] as const) {
    const rollout = watched({ violations: 1 }, { onFailure })
      .after(10 * S)
      .measured('fail');
    expect(progressOf(rollout.state).status).toBe(status);
  }
});

describe('without a verdict when the time is over', () => {
  const undecided = (kind: 'no_data' | 'inconclusive', overrides: Partial<AnalysisRule>) => {
    const rollout = watched(overrides);
    for (let count = 0; count < 3; count++) rollout.after(10 * S).measured(kind, 'nothing was measured');
    return rollout;
  };

  it.each(['no_data', 'inconclusive'] as const)('%s never passes: it pauses, and resume watches anew', (kind) => {
    const rollout = undecided(kind, {});
    expect(progressOf(rollout.state)).toMatchObject({
      status: 'paused',
      reason: expect.stringContaining('when the time to watch was over: nothing was measured; resume it to watch anew'),
    });
    expect(rollout.changes).toEqual([[0]]);
    rollout.message('resume');
    expect(wakeAt(rollout.state)).toBe(40 * S);
    passes(rollout);
    expect(rollout.changes).toEqual([[0], [1]]);
  });

  it('waits for one', () => {
    const rollout = undecided('no_data', { onNoData: 'wait' });
    expect(wakeAt(rollout.state)).toBe(40 * S);
    rollout
      .after(10 * S)
      .measured('no_data')
      .after(10 * S)
      .measured('pass');
    expect(rollout.measurements.at(-1)).toMatchObject({ from: 0, until: 50 * S });
    expect(rollout.changes).toEqual([[0], [1]]);
  });

  it('goes back', () => {
    const rollout = undecided('inconclusive', { onInconclusive: 'fail' }).restored(0);
    expect(rollout.ended).toBe('rolled_back');
  });
});

describe('whatever comes between', () => {
  it("promote ends the watch, and what is measured then is nobody's", () => {
    const rollout = watched().after(10 * S);
    rollout.message('promote');
    expect(rollout.changes).toEqual([[0], [1]]);
    rollout.measured('fail').measured('fail').measured('fail');
    expect(progressOf(rollout.state)).toMatchObject({ status: 'running', violations: [] });
  });

  it('a pause ends it, and resume begins it anew', () => {
    const rollout = watched().after(10 * S);
    rollout.message('pause').measured('fail');
    expect(progressOf(rollout.state)).toMatchObject({ status: 'paused', violations: [] });
    rollout.message('resume');
    expect(wakeAt(rollout.state)).toBe(20 * S);
    rollout.measured('fail');
    expect(progressOf(rollout.state).violations).toEqual([]);
    passes(rollout);
    expect(rollout.changes).toEqual([[0], [1]]);
  });

  it('a rollback does not wait for a measurement', () => {
    const rollout = watched().after(10 * S);
    rollout.message('rollback').restored(0);
    expect(rollout.ended).toBe('rolled_back');
  });

  it('one that fails in the meantime is counted as ever', () => {
    const rollout = watched().feed({
      kind: 'degraded',
      degraded: [{ ordinal: 0, name: 'web-0', reason: 'status 503' }],
    });
    expect(progressOf(rollout.state).status).toBe('rolling_back');
  });

  it('a continuation as new takes up the watch where it was', () => {
    const rollout = watched()
      .after(10 * S)
      .measured('fail')
      .continueAsNew();
    expect(wakeAt(rollout.state)).toBe(20 * S);
    rollout
      .after(10 * S)
      .measured('fail')
      .after(10 * S)
      .measured('fail');
    expect(progressOf(rollout.state).status).toBe('rolling_back');
  });

  it('a hold asks for nothing', () => {
    const rollout = watched()
      .feed({ kind: 'hold' })
      .after(10 * S);
    expect(rollout.measurements).toEqual([]);
    rollout.feed({ kind: 'start' });
    expect(rollout.measurements).toHaveLength(1);
  });
});

it('leaves the deadline alone: watching is no time of its own', () => {
  const rollout = watched({ durationMs: 300 * S, intervalMs: 100 * S }, { deadlineMs: 60 * S });
  rollout
    .after(100 * S)
    .measured('pass')
    .after(100 * S)
    .measured('pass')
    .after(100 * S)
    .measured('pass');
  expect(rollout.changes).toEqual([[0], [1]]);
});

it('is of no concern to a way back, and to a rollout where nothing was changed', () => {
  const back = new RolloutHarness(1, policy({ analysis: rule() }), 'rollback').restored(0);
  expect(back.ended).toBe('rolled_back');
  const nothing = new RolloutHarness([1], policy({ analysis: rule() }));
  expect(nothing.measurements).toEqual([]);
});
