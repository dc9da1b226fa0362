import { ApplicationFailure } from '@temporalio/common';
import type { DriveInput } from '../../src/activities/types';
import { policy } from '../support/rollout';
import { Gate, Stand } from './stand';
import type { World } from './world';

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.open();
});
afterAll(() => stand.shut());

const drives = (world: World) =>
  world.calls.filter(({ activity }) => activity === 'driveInstances').map(({ input }) => input as DriveInput);

describe('instances that change themselves', () => {
  it('are waited for by one activity, which takes in whoever comes meanwhile', async () => {
    const [others, fourth] = [new Gate(), new Gate()];
    const world = stand.world({
      bulk: true,
      members: 6,
      policy: policy({ window: 3 }),
      change: ({ ordinal }) => (ordinal === 0 ? undefined : ordinal === 3 ? fourth.wait() : others.wait()),
    });
    const trial = await stand.start(world);
    await fourth.reached;
    expect(drives(world).map(({ pieces }) => pieces.map(({ ordinal }) => ordinal))).toEqual([
      [0, 1, 2],
      [1, 2, 3],
    ]);
    others.open();
    fourth.open();
    expect(await trial.ended()).toMatchObject({ status: 'succeeded', counts: { succeeded: 6 } });
  });

  it('go back all at once under the rollback’s own generation', async () => {
    const world = stand.world({
      bulk: true,
      members: 3,
      policy: policy({ sizes: [3] }),
      change: ({ ordinal }) => (ordinal === 2 ? { result: 'failed', reason: 'answered 503' } : undefined),
    });
    const trial = await stand.start(world);
    expect(await trial.ended()).toMatchObject({ status: 'rolled_back', counts: { rolled_back: 3 } });
    const back = drives(world).filter(({ towards }) => towards === 'snapshot');
    expect(back[0]).toMatchObject({ generation: world.generation, fence: world.generation + 1 });
  });

  it('fail together when nobody can drive them', async () => {
    const world = stand.world({
      bulk: true,
      members: 2,
      policy: policy({ sizes: [2], onFailure: 'abort' }),
      at: ({ activity }) => {
        if (activity === 'driveInstances') throw ApplicationFailure.nonRetryable('the driver is gone');
      },
    });
    const trial = await stand.start(world);
    const document = await trial.ended();
    expect(document).toMatchObject({ status: 'failed', counts: { failed: 2 } });
    expect(document.failures.map(({ reason }) => reason)).toEqual(['the driver is gone', 'the driver is gone']);
  });

  it('go on over runs of the workflow', async () => {
    const world = stand.world({ bulk: true, members: 30, policy: policy({ sizes: [1, 3] }) });
    const trial = await stand.start(world, { continueAfterEvents: 70 });
    expect(await trial.result()).toMatchObject({ status: 'succeeded', counts: { succeeded: 30 } });
    expect(world.count('begin')).toBe(1);
  });
});
