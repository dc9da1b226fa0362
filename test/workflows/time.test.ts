import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { SEARCH_ATTRIBUTES } from '../../src/stack/search-attributes';
import type { AnalysisRule } from '../../src/domain/analysis';
import { policy } from '../support/rollout';
import { timeSkipping } from '../support/temporal';
import { quiet, Stand } from './stand';

/** Temporal's number for the type Keyword. */
const KEYWORD = 2;
const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Measured every minute of three. */
const rule = (overrides: Partial<AnalysisRule> = {}): AnalysisRule => ({
  durationMs: 3 * MINUTE,
  intervalMs: MINUTE,
  violations: 2,
  count: 'consecutive',
  onNoData: 'pause',
  onInconclusive: 'pause',
  ...overrides,
});

let environment: TestWorkflowEnvironment;
let stand: Stand;
beforeAll(async () => {
  quiet();
  environment = await TestWorkflowEnvironment.createTimeSkipping(timeSkipping());
  // This server can't list them, so there is no asking which are missing.
  const keywords = Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, KEYWORD]));
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: keywords,
  });
  stand = await Stand.on(environment.client, environment.nativeConnection);
});
afterAll(async () => {
  await stand.rest();
  await environment.teardown();
});

describe('hours of waiting', () => {
  it('pass between batches and in a bake', async () => {
    const world = stand.world({
      members: 3,
      policy: policy({ sizes: [1], pauseBetweenMs: 6 * HOUR, bakeMs: 48 * HOUR }),
    });
    const trial = await stand.startOnly(world);
    const document = await trial.result();
    expect(document).toMatchObject({ status: 'succeeded', counts: { succeeded: 3 } });
    expect(document.duration_ms).toBeGreaterThanOrEqual(60 * HOUR);
    expect(document.duration_ms).toBeLessThan(61 * HOUR);
    expect(document.duration_ms).toBe(Date.parse(document.ended_at ?? '') - Date.parse(document.started_at));
  });

  it('pass until an approval times out, and the rollout is rejected', async () => {
    const approvals = [{ beforeBatch: 2, timeoutMs: 4 * HOUR, onTimeout: 'reject' as const }];
    const world = stand.world({ members: 3, policy: policy({ sizes: [1], approvals }) });
    const trial = await stand.startOnly(world);
    expect(await trial.result()).toMatchObject({ status: 'rolled_back', reason: 'nobody approved batch 2 in time' });
    expect(world.progress.map(({ status }) => status)).toEqual(['running', 'awaiting_approval', 'rolling_back']);
    expect(world.progress[1]).toMatchObject({
      awaiting: { kind: 'approval', command: `belay approve test/service-${world.generation}/${world.generation}` },
    });
  });

  it('end when somebody approves', async () => {
    const approvals = [{ beforeBatch: 1, onTimeout: 'reject' as const }];
    const world = stand.world({
      members: 2,
      policy: policy({ sizes: [2], approvals }),
      at: async ({ activity, when }) => {
        if (activity !== 'recordProgress' || when === 'before') return;
        if (world.progress.at(-1)?.status === 'awaiting_approval') await trial.signal('approve', { by: 'ada' });
      },
    });
    const trial = await stand.startOnly(world);
    expect(await trial.result()).toMatchObject({ status: 'succeeded' });
    expect(world.logged('approve')).toMatchObject([{ by: 'ada' }]);
  });

  it('count towards the deadline only while it works', async () => {
    const world = stand.world({ members: 2, policy: policy({ sizes: [1], bakeMs: 5 * HOUR, deadlineMs: HOUR }) });
    const trial = await stand.startOnly(world);
    expect(await trial.result()).toMatchObject({ status: 'succeeded' });
  });

  it('pass until what failed for good is put right, and no answer is made up', async () => {
    let broken = 3;
    const world = stand.world({
      members: 2,
      policy: policy({ sizes: [2] }),
      change: () => ({ result: 'failed', reason: 'answered 503' }),
      at: ({ activity, when }) => {
        if (when === 'before' && activity === 'drawGeneration' && broken-- > 0) {
          throw ApplicationFailure.nonRetryable('a column is missing');
        }
      },
    });
    const trial = await stand.startOnly(world);
    expect(await trial.result()).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 2 } });
    expect(world.logged('activity_failed')).toMatchObject(
      [1, 2, 3].map(() => ({ reason: 'drawing a generation failed: a column is missing' })),
    );
  });
});

describe('a release that is measured', () => {
  it('measures after each batch, and goes on when all of the time has passed', async () => {
    const world = stand.world({ members: 2, policy: policy({ sizes: [1], analysis: rule() }) });
    const document = await (await stand.startOnly(world)).result();
    expect(document).toMatchObject({ status: 'succeeded', violations: [] });
    expect(world.calls.filter(({ activity }) => activity === 'measure').map(({ input }) => input)).toMatchObject(
      [0, 1, 2, 3, 4, 5].map((number) => ({ number, compare: number < 3 })),
    );
    expect(world.logged('analysis_passed')).toHaveLength(2);
  });

  it('goes back after the violations that are too many, and lists them', async () => {
    const verdicts = ['pass', 'fail', 'fail'] as const;
    const world = stand.world({
      members: 2,
      verdicts: [...verdicts],
      policy: policy({ sizes: [1], analysis: rule() }),
    });
    const document = await (await stand.startOnly(world)).result();
    expect(document).toMatchObject({
      status: 'rolled_back',
      counts: { rolled_back: 1, pending: 1 },
      reason: expect.stringMatching(/^error rate: fail \(/),
      violations: [{ reason: 'error rate: fail' }, { reason: 'error rate: fail' }],
    });
  });

  it('continues as new while it watches, and neither measures twice nor forgets', async () => {
    const world = stand.world({
      members: 1,
      policy: policy({ sizes: [1], analysis: rule({ durationMs: 60 * MINUTE, intervalMs: MINUTE }) }),
    });
    const document = await (await stand.startOnly(world, { continueAfterEvents: 60 })).result();
    expect(document.status).toBe('succeeded');
    const numbers = world.calls
      .filter(({ activity }) => activity === 'measure')
      .map(({ input }) => (input as { number: number }).number);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(numbers).toHaveLength(60);
  });
});
