import { follow, type FollowOptions } from '../../src/cli/follow';
import { createView } from '../../src/cli/view';
import type { Control, Standing } from '../../src/control/control';
import { Refused } from '../../src/control/errors';
import { isTerminal, type Status } from '../../src/domain';
import { keptOutput, statusDocument } from '../support/cli';

const NAME = { environment: 'production', service: 'web', generation: 12 };

function standing(status: Status, overrides: Partial<Standing> = {}): Standing {
  return {
    document: statusDocument({ status }),
    source: 'workflow',
    recorded: isTerminal(status),
    lost: false,
    ...overrides,
  };
}

/** Follows what tells these one after another, the last for ever. */
async function followed(told: (Standing | Error)[], options: Partial<FollowOptions> = {}) {
  const { output, written } = keptOutput();
  const left = [...told];
  const status = async (): Promise<Standing> => {
    const next = left.length > 1 ? left.shift() : left[0];
    if (next instanceof Error) throw next;
    return next!;
  };
  const result = await follow({ status } as Partial<Control> as Control, NAME, {
    view: createView(output),
    interrupted: new Promise(() => {}),
    leaveHeld: true,
    pollMs: 0,
    ...options,
  });
  return { end: result.end, status: result.standing?.document.status, written };
}

describe('following a deployment', () => {
  it.each([
    [['running', 'succeeded'], 'ended', 'succeeded'],
    [['running', 'rolling_back', 'rolled_back'], 'ended', 'rolled_back'],
    [['running', 'awaiting_approval'], 'held', 'awaiting_approval'],
    [['paused'], 'held', 'paused'],
  ] as const)('through %j it is %s', async (statuses, end, status) => {
    expect(await followed(statuses.map((each) => standing(each)))).toMatchObject({ end, status });
  });

  it('stays while it waits for a person, when it is to', async () => {
    const told = [standing('paused'), standing('running'), standing('succeeded')];
    expect(await followed(told, { leaveHeld: false })).toMatchObject({ end: 'ended', status: 'succeeded' });
  });

  it('waits until the end is written down', async () => {
    const told = [standing('succeeded', { recorded: false }), standing('succeeded', { source: 'database' })];
    expect(await followed(told)).toMatchObject({ end: 'ended' });
  });

  it('ends with the wait', async () => {
    expect(await followed([standing('running')], { timeoutMs: 0 })).toMatchObject({ end: 'over', status: 'running' });
  });

  it('ends when it is interrupted', async () => {
    expect(await followed([standing('running')], { interrupted: Promise.resolve() })).toMatchObject({
      end: 'interrupted',
    });
  });

  it('bears that nobody answers for a while, but not a refusal', async () => {
    expect(await followed([new Error('away'), standing('succeeded')])).toMatchObject({ end: 'ended' });
    await expect(followed([standing('running'), new Refused('unknown')])).rejects.toThrow('unknown');
  });

  it('passes a notice on once', async () => {
    const away = standing('running', { notice: 'No worker answers' });
    const { written } = await followed([away, away, standing('succeeded')]);
    expect(written.err).toEqual(['No worker answers']);
  });
});
