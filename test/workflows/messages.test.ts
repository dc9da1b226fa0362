import { WorkflowUpdateFailedError, WorkflowUpdateStage } from '@temporalio/client';
import type { StatusDocument } from '../../src/domain';
import { policy } from '../support/rollout';
import { Gate, Stand } from './stand';

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.open();
});
afterAll(() => stand.shut());

/** What an Update was refused with. */
async function refusalOf(sent: Promise<unknown>): Promise<string | undefined> {
  try {
    await sent;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) return error.cause?.message;
    throw error;
  }
  return 'it was accepted';
}

describe('messages', () => {
  it('are refused with what is wrong with them', async () => {
    const gate = new Gate();
    const world = stand.world({ policy: policy({ sizes: [2] }), change: () => gate.wait() });
    const trial = await stand.start(world);
    await gate.reached;
    const id = `test/service-${world.generation}/${world.generation}`;
    const table: [Promise<unknown>, string][] = [
      [trial.send('abort', { generation: 7 }), `generation 7 is not in flight here: this is ${id}`],
      [trial.send('abort', { generation: 1.5 }), "this abort can't be read: generation is 1.5: write a whole number"],
      [trial.send('pause', { batch_size: 3 }), '"batch_size" is not a field of it'],
      [trial.send('resume'), `${id}: it is not paused`],
      [trial.send('approve'), `${id}: it does not await an approval`],
      [trial.send('adjust'), 'it changes nothing'],
      [trial.send('adjust', { batch_size: '0%' }), 'batch_size is "0%"'],
      [trial.send('adjust', { max_failures: '3 %' }), 'max_failures is "3 %"'],
      [trial.send('adjust', { window: 0 }), 'window is 0'],
      [trial.send('adjust', { window: 3 }), 'it runs in batches'],
      [trial.send('skip', { instances: ['web-77', 'web-01', 'db'] }), 'this deployment has no instances web-77, db'],
      [trial.send('skip', { instances: ['../x'] }), '"../x" names no instance'],
      [trial.send('retry', { instances: ['web-03'] }), "1 of the named instances can't be taken"],
      [trial.send('abort', 'now' as never), 'its fields must be one JSON object'],
      [trial.send('abort', { request_id: 'x'.repeat(65) }), 'request_id is'],
    ];
    for (const [sent, why] of table) expect(await refusalOf(sent)).toContain(why);
    gate.open();
    expect(await trial.result()).toMatchObject({ status: 'succeeded' });
    expect(await refusalOf(trial.send('abort')).catch((error: Error) => error.name)).toBe('WorkflowNotFoundError');
  });

  it('are refused once the status is terminal, while the end is still being recorded', async () => {
    const gate = new Gate();
    const world = stand.world({
      members: 1,
      at: ({ activity, when }) => (activity === 'recordEnd' && when === 'before' ? gate.wait() : undefined),
    });
    const trial = await stand.start(world);
    await gate.reached;
    expect(await refusalOf(trial.send('abort'))).toContain('it has ended (succeeded)');
    await trial.signal('rollback', { by: 'ada' });
    gate.open();
    await trial.result();
    expect(world.logged('rollback_refused')).toMatchObject([{ by: 'ada' }]);
  });

  it('come as Signals with anything in them, and the deployment goes on', async () => {
    const gate = new Gate();
    const world = stand.world({ policy: policy({ sizes: [2] }), change: () => gate.wait() });
    const trial = await stand.start(world);
    await gate.reached;
    const send = (signalName: string, ...payloads: [encoding: string, data: string][]) =>
      stand.client.workflowService.signalWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: trial.handle.workflowId },
        signalName,
        input: {
          payloads: payloads.map(([encoding, data]) => ({
            metadata: { encoding: Buffer.from(encoding) },
            data: Buffer.from(data),
          })),
        },
      });
    await send('abort', ['nobody/knows', 'x']);
    await send('abort', ['json/plain', '{']);
    await send('abort', ['', '']);
    await send('abort', ['json/plain', '5'], ['nobody/knows', 'x']);
    await send('rollback', ['json/plain', JSON.stringify({ by: 'a\0b', more: 1 })]);
    await send('rollback', ['json/plain', JSON.stringify({ by: 'b'.repeat(100_000) })]);
    await send('rollback', ['json/plain', JSON.stringify({ ['k\0'.repeat(100_000)]: 1 })]);
    await send('resume', ['json/plain', '{"by":"ada","reason":"a\\u0000b"}']);
    await send('adjust', ['json/plain', '{"by":"a\\u0000b","max_failures":1}']);
    expect(await trial.handle.query<StatusDocument>('progress')).toMatchObject({ status: 'running' });
    gate.open();
    expect(await trial.result()).toMatchObject({ status: 'succeeded' });
    expect(world.logged('abort_refused')).toHaveLength(4);
    for (const { reason } of world.logged('abort_refused')) expect(reason).toContain('must be one JSON object');
    const refused = [...world.logged('rollback_refused'), ...world.logged('resume_refused')];
    expect(refused).toHaveLength(4);
    for (const { by = '', reason = '' } of world.lines) expect(`${by}${reason}`).not.toContain('\0');
    for (const { by = '', reason = '' } of refused) {
      expect(`${by}${reason}`.length).toBeLessThan(1000);
    }
  });

  it('come as Signals, too; an illegal one is recorded and does no harm', async () => {
    const gate = new Gate();
    const world = stand.world({ policy: policy({ sizes: [2] }), change: () => gate.wait() });
    const trial = await stand.start(world);
    await gate.reached;
    await trial.signal('resume', { by: 'ada' });
    await trial.signal('adjust', { by: 'ada', batch_size: 'many' });
    await trial.signal('skip', { by: 'ada', instances: ['web-99'] });
    await trial.signal('abort', { by: 'bob', reason: 'enough' });
    expect(await trial.ended()).toMatchObject({ status: 'aborted', reason: 'aborted by bob: enough' });
    expect(world.logged('resume_refused')).toMatchObject([
      { by: 'ada', reason: expect.stringContaining('not paused') },
    ]);
    expect(world.logged('adjust_refused')).toMatchObject([{ reason: expect.stringContaining('"many"') }]);
    expect(world.logged('skip_refused')).toMatchObject([{ reason: expect.stringContaining('web-99') }]);
    expect(world.logged('abort')).toMatchObject([{ by: 'bob', reason: 'enough' }]);
  });

  it('are applied once per request id, however they come and however often', async () => {
    const gate = new Gate();
    const world = stand.world({
      members: 6,
      policy: policy({ sizes: [1], maxFailures: { kind: 'count', count: 1 } }),
      change: ({ ordinal, round }) => {
        if (ordinal === 0 && round < 2) return { result: 'failed', reason: 'answered 503' };
        return ordinal === 1 ? gate.wait() : undefined;
      },
    });
    const trial = await stand.start(world);
    await gate.reached;
    const one = { request_id: 'one', instances: ['web-00'] };
    const sent = await Promise.allSettled([
      trial.send('retry', one),
      trial.signal('retry', one),
      trial.send('retry', one),
    ]);
    expect(sent.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await trial.send('retry', one)).toMatchObject({ accepted: true });
    await trial.send('pause', { request_id: 'two' });
    await trial.signal('pause', { request_id: 'two' });
    gate.open();
    await trial.send('resume', { request_id: 'three' });
    expect(await trial.send('pause', { request_id: 'two' })).toMatchObject({ accepted: true });
    expect(await trial.result()).toMatchObject({ status: 'completed_with_failures', counts: { failed: 1 } });
    for (const type of ['retry', 'pause', 'resume']) expect(world.logged(type)).toHaveLength(1);
    expect(world.lines.filter(({ type }) => type.endsWith('_refused'))).toEqual([]);
  });

  it('are never taken for another that came under the same request id', async () => {
    const gate = new Gate();
    const world = stand.world({ policy: policy({ sizes: [2] }), change: () => gate.wait() });
    const trial = await stand.start(world);
    await gate.reached;
    await trial.send('adjust', { by: 'ada', request_id: 'one', max_failures: 1 });
    const why = 'request_id one was sent with another message before';
    expect(await refusalOf(trial.send('abort', { by: 'ada', request_id: 'one' }))).toContain(why);
    expect(await refusalOf(trial.send('adjust', { by: 'ada', request_id: 'one', max_failures: 2 }))).toContain(why);
    expect(await trial.send('adjust', { by: 'ada', request_id: 'one', max_failures: 1 })).toMatchObject({
      accepted: true,
    });
    await trial.signal('abort', { by: 'ada', request_id: 'one' });
    await trial.signal('adjust', { by: 'ada', request_id: 'one', max_failures: 1 });
    gate.open();
    expect(await trial.result()).toMatchObject({ status: 'succeeded' });
    expect(world.logged('adjust')).toHaveLength(1);
    expect(world.logged('abort_refused')).toMatchObject([{ by: 'ada', reason: expect.stringContaining(why) }]);
  });

  it('that come before it has begun are judged before anything is touched', async () => {
    const gate = new Gate();
    const world = stand.world({
      at: ({ activity, when }) => (activity === 'begin' && when === 'before' ? gate.wait() : undefined),
    });
    const trial = await stand.startOnly(world);
    await gate.reached;
    const approve = await trial.handle.startUpdate<unknown, [object]>('approve', {
      args: [{}],
      waitForStage: WorkflowUpdateStage.ACCEPTED,
    });
    await trial.signal('abort', { by: 'ada' });
    gate.open();
    expect(await refusalOf(approve.result())).toContain('it does not await an approval');
    expect(await trial.ended()).toMatchObject({ status: 'aborted' });
    expect(world.count('changeInstance')).toBe(0);
  });

  it('adjust a rollout that is under way', async () => {
    const gate = new Gate();
    const world = stand.world({
      members: 8,
      policy: policy({ sizes: [1] }),
      change: ({ ordinal }) => {
        if (ordinal === 0) return gate.wait();
        return ordinal === 2 ? { result: 'failed', reason: 'answered 503' } : undefined;
      },
    });
    const trial = await stand.start(world);
    await gate.reached;
    await trial.send('adjust', { batch_size: '50%', max_failures: 1, by: 'ada' });
    gate.open();
    const document = await trial.result();
    expect(document).toMatchObject({ status: 'completed_with_failures', step: { of: 3 } });
  });

  it('pause, skip and resume', async () => {
    const gate = new Gate();
    const world = stand.world({
      members: 3,
      policy: policy({ sizes: [1], onFailure: 'pause' }),
      change: async ({ ordinal }) => {
        if (ordinal !== 1) return undefined;
        await gate.wait();
        return { result: 'failed' as const, reason: 'answered 503' };
      },
    });
    const trial = await stand.start(world);
    await gate.reached;
    gate.open();
    while (world.progress.at(-1)?.status !== 'paused') await trial.handle.query('progress');
    expect(await refusalOf(trial.send('resume'))).toContain('retry or skip them');
    await trial.send('skip', { instances: ['web-01'] });
    await trial.send('resume');
    expect(await trial.result()).toMatchObject({ status: 'succeeded', counts: { succeeded: 2, skipped: 1 } });
  });
});
