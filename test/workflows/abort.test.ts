import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { MessageKind } from '../../src/domain';
import { policy } from '../support/rollout';
import { Stand, type Trial } from './stand';
import type { WorldOptions } from './world';

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.open();
});
afterAll(() => stand.shut());

const FORWARD: WorldOptions = { members: 3, policy: policy({ sizes: [1, 2] }) };
const BACK: WorldOptions = {
  ...FORWARD,
  change: ({ ordinal }) => (ordinal === 2 ? { result: 'failed', reason: 'answered 503' } : undefined),
};

/** Sends the message at one moment of a rollout: the nth time that an activity starts or is about to answer. */
async function sendAt(options: WorldOptions, moment: number, kind: MessageKind, wait: boolean) {
  let accepted: boolean | undefined;
  let passed = 0;
  let sent: Promise<void> = Promise.resolve();
  const trial: { started?: Trial } = {};
  const world = stand.world({
    ...options,
    at: async ({ activity }) => {
      if (activity === 'begin' || passed++ !== moment) return;
      sent = ask().then((answer) => void (accepted = answer));
      if (wait) await sent;
    },
  });
  const ask = async (): Promise<boolean> => {
    const handle = stand.client.workflow.getHandle(`deploy/test/service-${world.generation}`);
    try {
      await handle.executeUpdate(kind, { args: [{}] });
      return true;
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  };
  trial.started = await stand.start(world);
  const document = await trial.started.ended();
  await sent;
  return { accepted, document, world, reached: passed > moment };
}

const AT_ONCE = 10;

/** All moments of a rollout, until there is none any more. */
async function atEveryMoment(
  options: WorldOptions,
  kind: MessageKind,
  wait: boolean,
  check: (sent: Awaited<ReturnType<typeof sendAt>>) => void,
): Promise<number> {
  for (let moment = 0; ; moment += AT_ONCE) {
    const moments = Array.from({ length: AT_ONCE }, (_, index) => moment + index);
    const all = await Promise.all(moments.map((each) => sendAt(options, each, kind, wait)));
    const reached = all.filter((sent) => sent.reached);
    reached.forEach(check);
    if (reached.length < AT_ONCE) return moment + reached.length;
  }
}

describe('an abort at every event of a rollout', () => {
  it.each([
    ['awaited, on the way forward', FORWARD, true],
    ['in a race with what happens, on the way forward', FORWARD, false],
    ['awaited, with a rollback', BACK, true],
    ['in a race with what happens, with a rollback', BACK, false],
    ['in a race with what happens, on the way forward of all at once', { ...FORWARD, bulk: true }, false],
    ['in a race with what happens, with a rollback of all at once', { ...BACK, bulk: true }, false],
  ])(
    '%s: is accepted and then aborted, or refused',
    async (_, options, wait) => {
      const moments = await atEveryMoment(options, 'abort', wait, ({ accepted, document }) => {
        expect(accepted).toBeDefined();
        expect({ accepted, status: document.status }).toEqual(
          accepted
            ? { accepted: true, status: 'aborted' }
            : { accepted: false, status: options.change === BACK.change ? 'rolled_back' : 'succeeded' },
        );
      });
      expect(moments).toBeGreaterThan(10);
    },
    120_000,
  );
});

describe('a rollback at every event of a rollout', () => {
  it('is accepted and everything touched goes back, or it is refused', async () => {
    await atEveryMoment(FORWARD, 'rollback', true, ({ accepted, document, world }) => {
      expect(document.status).toBe(accepted ? 'rolled_back' : 'succeeded');
      // One that was ordered counts as touched, though its change may have been stopped before it began.
      if (accepted)
        expect(world.order('restoreInstance')).toEqual(expect.arrayContaining(world.order('changeInstance')));
    });
  }, 120_000);
});
