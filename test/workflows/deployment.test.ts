import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MEMBER } from '../../src/domain/rollout';
import { begin, instances, plan, progress } from '../../src/workflows/messages';
import { policy } from '../support/rollout';
import { Gate, Stand } from './stand';

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.open();
});
afterAll(() => stand.shut());

describe('a deployment', () => {
  it('brings every member to the release, batch by batch, and closes as Completed', async () => {
    const world = stand.world({ members: 6, policy: policy({ sizes: [1, 2] }) });
    const trial = await stand.start(world);
    expect(trial.begun).toEqual({
      kind: 'begun',
      id: `test/service-${world.generation}/${world.generation}`,
      generation: world.generation,
    });
    const document = await trial.result();
    expect(document).toMatchObject({ status: 'succeeded', counts: { total: 6, succeeded: 6 }, reason: null });
    expect(world.end).toEqual(document);
    expect(world.order('changeInstance')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(world.lines.map(({ sequence }) => sequence)).toEqual(world.lines.map((_, index) => index));
  });

  it('shows itself: summaries, memo, search attributes and details', async () => {
    const gate = new Gate();
    const world = stand.world({ members: 2, policy: policy({ sizes: [2] }), change: () => gate.wait() });
    const trial = await stand.start(world);
    await gate.reached;
    const { memo, searchAttributes } = await trial.handle.describe();
    expect(memo).toEqual({
      actor: 'ada',
      deployment: trial.begun?.kind === 'begun' && trial.begun.id,
      generation: world.generation,
    });
    expect(searchAttributes).toMatchObject({
      BelayService: [`service-${world.generation}`],
      BelayEnvironment: ['test'],
      BelayRelease: ['1.5.0'],
      BelayStrategy: ['rolling'],
      BelayStatus: ['running'],
    });
    const metadata = await trial.handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('**running**');
    expect(metadata.currentDetails).toContain('Now: web-00, web-01');
    gate.open();
    await trial.result();
    const { events } = await trial.handle.fetchHistory();
    const summaries = events?.map((event) => Buffer.from(event.userMetadata?.summary?.data ?? []).toString());
    expect(summaries).toContain('"web-01 → 1.5.0"');
    expect((await trial.handle.describe()).searchAttributes).toMatchObject({ BelayStatus: ['succeeded'] });
  });

  it('answers questions about its progress, its plan and its instances', async () => {
    const gate = new Gate();
    const world = stand.world({
      members: [0, 0, MEMBER.UNCHANGED],
      policy: policy({ sizes: [1] }),
      change: ({ ordinal }) => (ordinal === 1 ? gate.wait() : undefined),
    });
    const trial = await stand.start(world);
    await gate.reached;
    expect(await trial.handle.query(progress)).toMatchObject({
      status: 'running',
      counts: { total: 3, succeeded: 1, in_flight: 1, unchanged: 1 },
      links: { web_ui: 'http://localhost:8233/somewhere' },
      step: { index: 2, of: 2 },
    });
    expect(await trial.handle.query(instances)).toEqual([
      { instance_id: 'web-00', state: 'succeeded' },
      { instance_id: 'web-01', state: 'changing' },
      { instance_id: 'web-02', state: 'unchanged' },
    ]);
    expect(await trial.handle.query(instances, { offset: 1, limit: 1 })).toHaveLength(1);
    expect(await trial.handle.query(plan)).toMatchObject({
      members: 3,
      strategy: { batches: ['1'] },
      max_failures: '0',
    });
    gate.open();
    await trial.result();
  });

  it('is the lock of its service: a second start is refused', async () => {
    const gate = new Gate();
    const world = stand.world({ change: () => gate.wait() });
    const trial = await stand.start(world);
    await expect(stand.start(world)).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
    expect(await trial.handle.executeUpdate(begin)).toEqual(trial.begun);
    gate.open();
    await trial.result();
  });

  it('leaves nothing behind when it may not begin', async () => {
    const world = stand.world({
      begin: async () => ({ kind: 'refused', message: 'web-01 is claimed', holder: 'test/other/7' }),
    });
    const trial = await stand.start(world);
    expect(trial.begun).toEqual({ kind: 'refused', message: 'web-01 is claimed', holder: 'test/other/7' });
    expect(await trial.handle.result()).toEqual(trial.begun);
    expect(world.calls.map(({ activity }) => activity)).toEqual(['begin']);
  });

  it('fails, and says why, when it can never begin', async () => {
    const world = stand.world({
      begin: () => Promise.reject(ApplicationFailure.nonRetryable('the request is gone')),
    });
    await expect(stand.start(world)).rejects.toMatchObject({ cause: { message: 'the request is gone' } });
  });

  it('closes as Failed, with the status document, when the way forward ends in failure', async () => {
    const world = stand.world({
      policy: policy({ onFailure: 'abort' }),
      change: () => ({ result: 'failed', reason: 'answered 503' }),
    });
    const trial = await stand.start(world);
    const failure = (await trial.failure()) as ApplicationFailure;
    expect(failure).toMatchObject({ type: 'failed', message: '1 of 4 instances failed; the limit is 0' });
    expect(failure.details).toEqual([world.end]);
    expect(world.end).toMatchObject({ failures: [{ instance: 'web-00', reason: 'answered 503', attempts: 1 }] });
  });

  it('goes back under a new generation when too many fail', async () => {
    const world = stand.world({
      policy: policy({ sizes: [1, 2] }),
      change: ({ ordinal }) => (ordinal === 2 ? { result: 'failed', reason: 'answered 503' } : undefined),
    });
    const trial = await stand.start(world);
    expect(await trial.result()).toMatchObject({
      status: 'rolled_back',
      rollback_generation: world.generation + 1,
      rollback_count: 1,
      counts: { rolled_back: 3, pending: 1 },
    });
    expect(world.order('restoreInstance')).toEqual([2, 1, 0]);
    expect(world.progress.map(({ status }) => status)).toEqual(['running', 'rolling_back']);
  });

  it('closes as Failed when an instance could not go back', async () => {
    const world = stand.world({
      change: () => ({ result: 'failed', reason: 'answered 503' }),
      restore: () => ({ result: 'unresolved', reason: 'no answer' }),
    });
    const failure = await (await stand.start(world)).failure();
    expect(failure).toMatchObject({ type: 'rollback_incomplete' });
  });

  it('takes an activity that fails for good as an outcome', async () => {
    const world = stand.world({
      members: 2,
      policy: policy({ sizes: [1] }),
      change: () => {
        throw ApplicationFailure.nonRetryable('a column is missing');
      },
      restore: () => {
        throw ApplicationFailure.nonRetryable('a column is missing here, too');
      },
    });
    const failure = (await (await stand.start(world)).failure()) as ApplicationFailure;
    expect(failure.type).toBe('rollback_incomplete');
    expect(world.end?.failures).toEqual([
      { instance: 'web-00', reason: 'not restored: a column is missing here, too', attempts: 0 },
    ]);
  });

  it('restores and closes as Cancelled when Temporal cancels it and the policy is to roll back', async () => {
    const gate = new Gate();
    const world = stand.world({
      policy: policy({ sizes: [1, 2] }),
      change: ({ ordinal }) => (ordinal > 0 ? gate.wait() : undefined),
    });
    const trial = await stand.start(world);
    await gate.reached;
    await trial.handle.cancel();
    expect(await trial.failure()).toBeInstanceOf(CancelledFailure);
    expect((await trial.handle.describe()).status.name).toBe('CANCELLED');
    expect(world.end).toMatchObject({ status: 'cancelled', counts: { rolled_back: 3, pending: 1 } });
    gate.open();
  });

  it('watches the good ones while it goes on, and takes what the patrol finds as a failure', async () => {
    const gate = new Gate();
    const found = new Gate();
    const world = stand.world({
      policy: policy({ sizes: [1] }),
      patrolled: true,
      change: ({ ordinal }) => (ordinal === 1 ? gate.wait() : undefined),
      patrol: async () => {
        await found.wait();
        return [{ ordinal: 0, name: 'web-00', round: 0, reason: 'degraded twice' }];
      },
    });
    const trial = await stand.start(world);
    await gate.reached;
    await found.reached;
    found.open();
    gate.open();
    expect(await trial.result()).toMatchObject({
      status: 'rolled_back',
      reason: '1 of 4 instances failed; the limit is 0',
    });
  });

  it('tells the patrol what it has found already', async () => {
    const gate = new Gate();
    const again = new Gate();
    const world = stand.world({
      policy: policy({ sizes: [1], maxFailures: { kind: 'count', count: 1 } }),
      patrolled: true,
      change: ({ ordinal }) => (ordinal === 2 ? gate.wait() : undefined),
      patrol: async ({ known }) => {
        if (known !== undefined) await again.wait();
        else await gate.reached;
        return [{ ordinal: 0, name: 'web-00', round: 0, reason: 'degraded twice' }];
      },
    });
    const trial = await stand.start(world);
    await again.reached;
    gate.open();
    expect(await trial.result()).toMatchObject({ status: 'completed_with_failures' });
    const inputs = world.calls.filter(({ activity }) => activity === 'patrol').map(({ input }) => input);
    expect(inputs).toMatchObject([{}, { known: [{ ordinal: 0, round: 0 }] }]);
    again.open();
  });

  it('brings those who join to the release, too', async () => {
    const world = stand.world({
      members: 2,
      policy: policy({ sizes: [1] }),
      reads: [{ joined: [{ ordinal: 2, state: 'pending' }], left: [] }],
    });
    expect(await (await stand.start(world)).result()).toMatchObject({
      status: 'succeeded',
      counts: { total: 3, succeeded: 3 },
    });
  });

  it('touches nothing when it is cancelled while it begins', async () => {
    const gate = new Gate();
    const world = stand.world({
      at: ({ activity, when }) => (activity === 'begin' && when === 'before' ? gate.wait() : undefined),
    });
    const trial = await stand.startOnly(world);
    await gate.reached;
    await trial.handle.cancel();
    gate.open();
    expect(await trial.failure()).toBeInstanceOf(CancelledFailure);
    expect(world.end).toMatchObject({ status: 'cancelled', counts: { pending: 4 } });
    expect(world.count('changeInstance')).toBe(0);
  });

  it('that is a rollback takes every member to its snapshot, under its own generation', async () => {
    const world = stand.world({ members: 3, mode: 'rollback' });
    const document = await (await stand.start(world)).result();
    expect(document).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 3 } });
    expect(document.rollback_generation).toBeUndefined();
    expect(world.order('restoreInstance')).toEqual([2, 1, 0]);
    expect(world.count('drawGeneration')).toBe(0);
  });

  it('stands still at a programming error, and does not end half-way', async () => {
    const world = stand.world({ reads: [{} as never] });
    const trial = await stand.start(world);
    for (let failed = false; !failed;) {
      const { events } = await trial.handle.fetchHistory();
      failed = events?.some((event) => event.workflowTaskFailedEventAttributes) ?? false;
    }
    expect((await trial.handle.describe()).status.name).toBe('RUNNING');
    await trial.handle.terminate('the test is over');
  });
});
