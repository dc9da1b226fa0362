import { STATUSES, type Status, type Versions } from '../../../src/domain';
import type { AnalysisSpec } from '../../../src/domain/analysis';
import { desiredOf, repairSpec } from '../../../src/domain/reconcile';
import { agentSpec } from './spec';

const A: Versions = { codeVersion: '1.0.0', configurationVersion: '1' };
const B: Versions = { codeVersion: '1.1.0', configurationVersion: '1' };
const C: Versions = { codeVersion: '1.1.0', configurationVersion: '2' };
const of = (status: Status, left: Versions[] = []) =>
  desiredOf({ id: 'production/web/7', generation: 7, status, release: C, left });

describe('what a fleet is to run', () => {
  it.each<[Status, Versions[], Versions | undefined]>([
    ['succeeded', [], C],
    ['succeeded', [A, B], C],
    ['rolled_back', [A, A, A], A],
    ['rolled_back', [C], C],
    ['rolled_back', [A, B], undefined],
    ['rolled_back', [B, C], undefined],
    ['rolled_back', [], undefined],
    ['rolled_back', [A, { ...A, artifact: 'sha256:a' }], { ...A, artifact: 'sha256:a' }],
    ['rolled_back', [A, { ...A, artifact: 'sha256:a' }, { ...A, artifact: 'sha256:b' }], undefined],
  ])('after %s that left %j', (status, left, versions) => {
    expect(of(status, left)).toMatchObject(versions === undefined ? { kind: 'none' } : { kind: 'desired', versions });
  });

  it.each(STATUSES.filter((status) => status !== 'succeeded' && status !== 'rolled_back'))(
    'after %s is nothing, and it says why',
    (status) => {
      expect(of(status, [A, A])).toEqual({
        kind: 'none',
        why: expect.stringMatching(/^production\/web\/7 (ended|is in)/),
      });
    },
  );
});

describe('a repair', () => {
  it('is of the named ones only, keeps to the rules, asks nobody and ends by itself', () => {
    const spec = repairSpec(agentSpec({ onFailure: 'pause', force: true, unreachable: 'refuse' }), A, ['web-03']);
    expect(spec).toEqual(
      agentSpec({
        release: A,
        selection: { only: ['web-03'], exclude: [], first: [] },
        onFailure: 'abort',
        approvals: [],
        unreachable: 'exclude',
      }),
    );
    expect(repairSpec(agentSpec({ onFailure: 'rollback' }), A, ['web-03']).onFailure).toBe('rollback');
  });

  it('is not measured: it would wait for data, or for a person, and what it brings was judged before', () => {
    const analysis: AnalysisSpec = {
      source: { kind: 'agent' },
      durationMs: 60_000,
      intervalMs: 10_000,
      violations: 3,
      count: 'consecutive',
      onNoData: 'pause',
      onInconclusive: 'pause',
      checks: [{ name: 'errors', quantity: { kind: 'metric', metric: 'error_rate', statistic: 'mean' }, max: 0.05 }],
    };
    expect(repairSpec(agentSpec({ analysis }), A, ['web-03'])).not.toHaveProperty('analysis');
  });
});
