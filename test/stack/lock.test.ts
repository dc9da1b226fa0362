import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../src/stack/lock';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the lock', () => {
  it('lets one in at a time, and tells the others for whom they wait', async () => {
    const file = join(folder, 'lock');
    const waits: number[] = [];
    let inside = 0;
    let most = 0;
    const enter = () =>
      withLock(
        file,
        (holder) => waits.push(holder),
        async () => {
          most = Math.max(most, ++inside);
          await new Promise(setImmediate);
          inside--;
        },
      );
    await Promise.all([enter(), enter(), enter()]);
    expect(most).toBe(1);
    expect(new Set(waits)).toEqual(new Set([process.pid]));
    expect(existsSync(file)).toBe(false);
  });

  it('takes over the lock of a process that died', async () => {
    const file = join(folder, 'lock');
    writeFileSync(file, '2147483646');
    await expect(
      withLock(
        file,
        () => {},
        async () => 'in',
      ),
    ).resolves.toBe('in');
  });

  it('takes over the lock of a process that died before the machine was started anew: its number is another one now', async () => {
    const file = join(folder, 'lock');
    writeFileSync(file, `${process.pid}\nthe-boot-before 4711\n`);
    await expect(
      withLock(
        file,
        () => {},
        async () => 'in',
      ),
    ).resolves.toBe('in');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['half of what it was', '12'.repeat(20)],
    ['something else', '{"pid":1}'],
  ])('takes over one of which a power cut left %s', async (_, text) => {
    const file = join(folder, 'lock');
    writeFileSync(file, text);
    await expect(
      withLock(
        file,
        () => {},
        async () => 'in',
      ),
    ).resolves.toBe('in');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is one process at a time where many find the lock of one that died', async () => {
    const file = join(folder, 'lock');
    writeFileSync(file, '2147483646');
    let inside = 0;
    let most = 0;
    const enter = () =>
      withLock(
        file,
        () => {},
        async () => {
          most = Math.max(most, ++inside);
          await new Promise(setImmediate);
          inside--;
        },
      );
    await Promise.all(Array.from({ length: 20 }, enter));
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing beside it for as long as it is held', async () => {
    const file = join(folder, 'lock');
    await withLock(
      file,
      () => {},
      async () => expect(readdirSync(folder)).toEqual(['lock']),
    );
  });

  it('is free again after a failure', async () => {
    const file = join(folder, 'lock');
    const fail = () =>
      withLock(
        file,
        () => {},
        () => Promise.reject(new Error('no')),
      );
    await expect(fail()).rejects.toThrow('no');
    await expect(
      withLock(
        file,
        () => {},
        async () => 'in',
      ),
    ).resolves.toBe('in');
  });
});
