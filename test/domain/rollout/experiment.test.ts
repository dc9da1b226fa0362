import type { ExperimentStrategy, Shown } from '../../../src/domain/experiment';
import { progressOf } from '../../../src/domain/rollout';
import type { DeploymentSpec } from '../../../src/domain';
import { DeliveryHarness, MINUTE, planned, routed, S, watching } from '../../support/delivery';
import { design } from '../experiment/design';

const SOURCE = { kind: 'http', url: 'http://stats', timeoutMs: S } as const;
/** Half of four instances, for ten minutes: looked at every 6 s. */
const experiment = (change: Partial<ExperimentStrategy> = {}): ExperimentStrategy => ({
  ...design(),
  kind: 'experiment',
  match: [],
  batchSize: { kind: 'percent', percent: 100 },
  durationMs: 10 * MINUTE,
  ...change,
});

class ExperimentHarness extends DeliveryHarness {
  /** Answers the measurement that is asked for, once its time has come. */
  shows(shown: Shown, kind: 'pass' | 'fail' | 'inconclusive' = 'inconclusive'): this {
    this.wake();
    const { number } = this.measurements.at(-1)!;
    return this.feed({ kind: 'measured', number, verdict: { kind, text: kind }, experiment: shown });
  }

  get logged(): string[] {
    return this.commands.flatMap((command) => (command.kind === 'log' ? [command.entry.type] : []));
  }
}

const begin = (more: Partial<DeploymentSpec> = {}) =>
  new ExperimentHarness(4, planned(experiment(), { metrics: SOURCE, ...routed(), ...more })).until('analyze');

const SO_FAR: Shown = { text: 'conversion: 12 of 3,841 so far' };
const BETTER: Shown = { text: 'conversion is 12% against 10%: better', conclusion: 'better' };
const WORSE: Shown = { text: 'conversion is 8% against 10%: worse', conclusion: 'worse' };

it('brings its share, and asks for all that was seen since it began until there is a conclusion', () => {
  const run = begin();
  expect(run.story).toEqual(['change 0,1', 'shift 50']);
  run.shows(SO_FAR).shows(SO_FAR).shows(BETTER);
  const since = 6 * S;
  expect(run.measurements.map(({ until, experiment: asked }) => ({ until, ...asked }))).toEqual([
    { until: since + 6 * S, since, isOver: false },
    { until: since + 12 * S, since, isOver: false },
    { until: since + 18 * S, since, isOver: false },
  ]);
  expect(run.logged.filter((type) => type === 'experiment_concluded')).toHaveLength(1);
});

it.each([
  ['better', BETTER],
  ['worse', WORSE],
])('waits for a person whatever it has shown: %s', (_, shown) => {
  const run = begin().shows(shown).carryOn();
  expect(run.state.status).toBe('awaiting_approval');
  expect(run.story).toEqual(['change 0,1', 'shift 50']);
  const { step, experiment: told } = progressOf(run.state);
  expect(told).toEqual(shown);
  expect(step).toMatchObject({
    kind: 'approve',
    summary: `${shown.text}; somebody approves the release for all, or rejects it`,
  });
});

it('once approved comes to all', () => {
  const run = begin().shows(BETTER).message('approve').carryOn();
  expect(run.story.slice(2)).toEqual(['shift 100', 'change 2,3', 'settle', 'succeeded']);
});

it('once rejected goes back', () => {
  const run = begin().shows(WORSE).message('reject').carryOn();
  expect(run.story.slice(2)).toEqual(['shift 0', 'restore 1,0', 'rolled_back']);
});

it('brings instances before their share of the requests where nobody splits those', () => {
  const run = begin({ traffic: { kind: 'nop' } })
    .shows(BETTER)
    .message('approve')
    .carryOn();
  expect(run.story).toEqual(['change 0,1', 'change 2,3', 'succeeded']);
});

it('says how much was seen, while it is measured', () => {
  const run = begin();
  expect(progressOf(run.state).step.summary).toBe('compares both: conversion: nothing was measured yet');
  run.shows(SO_FAR);
  const { step, experiment: told, awaiting } = progressOf(run.state);
  expect(step).toMatchObject({
    kind: 'analyze',
    summary: 'compares both: conversion: 12 of 3,841 so far',
  });
  expect(told).toEqual(SO_FAR);
  expect(awaiting).toMatchObject({ kind: 'analysis', until: 6 * S + 10 * MINUTE });
});

it('is judged when its time is over', () => {
  const run = begin();
  for (let left = 99; left > 0; left--) run.shows(SO_FAR);
  expect(run.measurements.at(-1)!.experiment!.isOver).toBe(false);
  run.shows({ text: 'only 12 of 3,841 were seen', conclusion: 'inconclusive' });
  expect(run.measurements.at(-1)).toMatchObject({ until: 6 * S + 10 * MINUTE, experiment: { isOver: true } });
  expect(run.state.status).toBe('awaiting_approval');
});

it('goes on after a pause with what it has seen, and is judged at once where its time is over', () => {
  const run = begin()
    .shows(SO_FAR)
    .message('pause')
    .after(20 * MINUTE)
    .message('resume')
    .until('analyze');
  run.wake();
  expect(run.measurements.at(-1)!.experiment).toEqual({ since: 6 * S, isOver: true });
  const { number } = run.measurements.at(-1)!;
  run.feed({ kind: 'measured', number, verdict: { kind: 'pass', text: '' }, experiment: BETTER });
  expect(run.state.status).toBe('awaiting_approval');
});

it('keeps its conclusion over a pause and a new run', () => {
  const run = begin().shows(BETTER).continueAsNew();
  run.message('pause').message('resume').carryOn();
  expect(run.state.status).toBe('awaiting_approval');
  expect(progressOf(run.state).experiment).toEqual(BETTER);
  expect(run.logged.filter((type) => type === 'experiment_concluded')).toHaveLength(1);
});

it('that a person ends before it is judged says so', () => {
  const run = begin().shows(SO_FAR).message('promote').carryOn();
  expect(progressOf(run.state).step.summary).toContain('the experiment was ended before it was judged');
});

describe('an analysis beside it', () => {
  const judged = () => begin({ analysis: watching() });

  it('has its own times, and takes the release back', () => {
    const run = judged().shows(SO_FAR, 'fail').shows(SO_FAR, 'fail').shows(SO_FAR, 'fail').carryOn();
    expect(run.measurements.map(({ from, until }) => until - from)).toEqual([10 * S, 10 * S, 10 * S]);
    expect(run.story.slice(2)).toEqual(['shift 0', 'restore 1,0', 'rolled_back']);
    expect(run.state.reason).toContain('violation 3 of 3 in a row');
  });

  it('decides nothing by no verdict: a person is asked anyway', () => {
    const run = judged().shows(SO_FAR).shows(BETTER).carryOn();
    expect(run.state.status).toBe('awaiting_approval');
    expect(run.state.analysis.violations).toEqual([]);
  });
});
