import { isNeeded } from '../../src/api/routes/heartbeat';
import { batched, TooMany } from '../../src/api/heartbeats';
import type { Heartbeat, HeartbeatAnswer } from '../../src/control/inventory';

const OLD = { codeVersion: '1.0.0', configurationVersion: '1' };
const NEW = { codeVersion: '1.1.0', configurationVersion: '1' };
const beatOf = (name: string, over: Partial<Heartbeat> = {}): Heartbeat => ({
  name,
  secretHash: Buffer.alloc(32),
  health: 1,
  versions: OLD,
  ...over,
});

describe('an update is needed', () => {
  const desired = { versions: NEW, generation: 7, attempt: 2 };
  it.each([
    ['nothing is desired', undefined, {}, undefined, false],
    ['other versions run', desired, {}, undefined, true],
    ['nothing runs', desired, { versions: undefined }, undefined, true],
    ['the versions run, and nobody says what was obeyed', desired, { versions: NEW }, undefined, false],
    ['the versions run since an older generation', desired, { versions: NEW, generation: 6 }, undefined, true],
    ['all is as desired', desired, { versions: NEW, generation: 7 }, 2, false],
    ['it is to be tried again', desired, { versions: NEW, generation: 7 }, 1, true],
    ['a newer generation was obeyed', desired, { generation: 8 }, undefined, false],
  ] as const)('or not, when %s', (_, wanted, over, attempt, needed) => {
    expect(isNeeded(wanted, beatOf('a', over as Partial<Heartbeat>), attempt)).toBe(needed);
  });
});

describe('heartbeats', () => {
  it('that come while others are written go together, each name once', async () => {
    const calls: { names: string[]; answer: (answers: HeartbeatAnswer[]) => void }[] = [];
    const hear = batched(
      (beats) => new Promise((answer) => calls.push({ names: beats.map(({ name }) => name), answer })),
    );
    const heard = (count: number) => Array.from({ length: count }, (): HeartbeatAnswer => ({ kind: 'heard' }));
    const first = hear(beatOf('a'));
    const others = [hear(beatOf('b')), hear(beatOf('a')), hear(beatOf('a')), hear(beatOf('c'))];
    expect(calls.map(({ names }) => names)).toEqual([['a']]);
    calls[0]!.answer(heard(1));
    await first;
    await new Promise(setImmediate);
    expect(calls[1]!.names).toEqual(['b', 'a', 'c']);
    calls[1]!.answer(heard(3));
    await others[3];
    await new Promise(setImmediate);
    expect(calls[2]!.names).toEqual(['a']);
    calls[2]!.answer(heard(1));
    expect(await Promise.all(others)).toHaveLength(4);
  });

  it('of strangers wait until those that are known are written, and only some of a name wait', async () => {
    const calls: { beats: Heartbeat[]; answer: (answers: HeartbeatAnswer[]) => void }[] = [];
    const hear = batched((beats) => new Promise((answer) => calls.push({ beats, answer })));
    const first = hear(beatOf('a'));
    const guess = (i: number) => beatOf('j1', { secretHash: Buffer.alloc(32, i) });
    const strangers = Array.from({ length: 150 }, (_, i) => hear(guess(i + 1)).catch((error: unknown) => error));
    const mine = hear(beatOf('j1', { secretHash: Buffer.alloc(32, 255) }), true);
    calls[0]!.answer([{ kind: 'heard' }]);
    await first;
    await new Promise(setImmediate);
    const [known, ...others] = calls[1]!.beats;
    expect(known?.secretHash[0]).toBe(255);
    expect(others).toHaveLength(100);
    calls[1]!.answer(calls[1]!.beats.map((_, i) => ({ kind: i === 0 ? 'heard' : 'wrong_secret' })));
    expect(await mine).toEqual({ kind: 'heard' });
    const told = await Promise.all(strangers);
    expect(told.filter((each) => each instanceof TooMany)).toHaveLength(50);
  });

  it('that can’t be written fail, and the next are written', async () => {
    let calls = 0;
    const hear = batched(async (beats) => {
      if (calls++ === 0) throw new Error('the database is gone');
      return beats.map(() => ({ kind: 'heard' }));
    });
    await expect(hear(beatOf('a'))).rejects.toThrow('gone');
    expect(await hear(beatOf('a'))).toEqual({ kind: 'heard' });
  });
});
