import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Installation } from '../../../src/agent/artifact/installation';
import { digestOf, tarOf, tgzOf, type ArchiveEntry } from '../../support/archive';
import { temporaryFolder } from '../../support/files';
import { treeOf } from '../../support/tree';

const folder = temporaryFolder();
const signal = new AbortController().signal;
const VERSIONS = { codeVersion: '1.1.0', configurationVersion: '2' };
const OLD: ArchiveEntry[] = [{ path: 'server', text: 'old' }];

let serial = 0;
/** Where a first release is current, and whatever comes next is brought. */
async function place(limits: { maxUnpackedBytes?: number; maxFiles?: number; maxBytes?: number } = {}) {
  const outside = join(folder.path, `place-${serial++}`);
  const directory = join(outside, 'web');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(outside, 'secret'), 'not the release’s');
  const config = {
    directory,
    shared: ['log', '.env'],
    keepReleases: 5,
    maxBytes: 1024 * 1024,
    maxUnpackedBytes: 1024 * 1024,
    maxFiles: 100,
    downloadMs: 20_000,
    ...limits,
  };
  const bring = async (bytes: Buffer, versions = VERSIONS) => {
    async function* all() {
      yield bytes;
    }
    const ask = async () => ({ first: 0, size: bytes.length, bytes: all() });
    const installation = new Installation(config, ask, () => undefined);
    const release = { ...versions, artifact: digestOf(bytes) };
    const unpacked = await installation.bring(release, signal);
    await installation.makeCurrent(release, signal);
    return unpacked;
  };
  await bring(tgzOf(OLD), { codeVersion: '1.0.0', configurationVersion: '1' });
  return { outside, directory, bring };
}

const dir = (path: string): ArchiveEntry => ({ path, type: '5' });
const link = (path: string, to: string): ArchiveEntry => ({ path, type: '2', link: to });
const hard = (path: string, to: string): ArchiveEntry => ({ path, type: '1', link: to });
const file = (path: string, text = 'x'): ArchiveEntry => ({ path, text });

describe('an archive changes nothing when it holds', () => {
  it.each<[string, ArchiveEntry[], string]>([
    ['an absolute path', [file('/etc/evil')], '"/etc/evil" is an absolute path'],
    ['a path with a drive', [file('C:/evil')], 'is an absolute path'],
    ['a path that leads out', [file('../evil')], '"../evil" has .. in its path'],
    ['a path that leads out later', [file('a/b/../../../evil')], 'has .. in its path'],
    ['a path that would stay inside', [file('a/../b')], 'has .. in its path'],
    ['a folder above', [dir('..')], 'has .. in its path'],
    ['a link to an absolute path', [link('evil', '/etc/passwd')], '"evil" is a link to "/etc/passwd"'],
    ['a link out of the folder', [link('evil', '../secret')], '"evil" is a link to "../secret"'],
    ['a link out of a folder further down', [dir('a'), link('a/evil', '../../secret')], 'which may lead out'],
    ['a link that goes up after a name', [link('a', '.'), link('b', 'a/../..')], '"b" is a link to "a/../.."'],
    [
      'a link up through another that hides how deep it is',
      [dir('a/b/c'), link('a/b/c/up', '../../..'), link('out', 'a/b/c/up/../..')],
      '"out" is a link to "a/b/c/up/../.."',
    ],
    ['a link to nothing', [link('evil', '')], 'it is damaged'],
    ['a file through a link', [dir('a'), link('l', 'a'), file('l/evil')], '"l/evil" goes through the link "l"'],
    ['a folder through a link', [dir('a'), link('l', 'a'), dir('l/evil')], 'goes through the link "l"'],
    ['a link through a link', [dir('a'), link('l', 'a'), link('l/m', 'x')], 'goes through the link "l"'],
    ['a file through a link of another case', [dir('a'), link('L', 'a'), file('l/evil')], 'goes through the link "l"'],
    ['a link in the place of a folder that is used', [file('a/b'), link('a', '.')], '"a" is in it twice'],
    ['a link in the place of an empty folder', [dir('a'), link('a', '.')], '"a" is in it twice'],
    ['a file in the place of a link', [link('a', 'b'), file('a')], '"a" is in it twice'],
    ['a file twice', [file('a', 'one'), file('./a', 'two')], '"./a" is in it twice'],
    ['a file in the place of a folder', [dir('a'), file('a')], '"a" is in it twice'],
    ['a file below a file', [file('a'), file('a/b')], '"a/b" lies under "a", which is no folder'],
    ['a hard link out of the folder', [hard('evil', '../secret')], 'has .. in its path'],
    ['a hard link to an absolute path', [hard('evil', '/etc/passwd')], '"/etc/passwd" is an absolute path'],
    ['a hard link to what is not there', [hard('evil', 'later'), file('later')], 'which is no file that came before'],
    ['a hard link to a link', [link('l', 'x'), hard('evil', 'l')], 'which is no file that came before'],
    ['a hard link through a link', [dir('a'), file('a/f'), link('l', 'a'), hard('evil', 'l/f')], 'which is no file'],
    ['a character device', [{ path: 'null', type: '3' }], '"null" is a CharacterDevice'],
    ['a block device', [{ path: 'disk', type: '4' }], '"disk" is a BlockDevice'],
    ['a pipe', [{ path: 'pipe', type: '6' }], '"pipe" is a FIFO'],
    ['what nobody knows', [{ path: 'odd', type: 'S' }], 'odd is a'],
    ['what is shared', [dir('log')], 'it holds "log", and log is shared by all releases'],
    ['something below what is shared', [file('log/a')], 'it holds "log/a", and log is shared'],
    ['a file that is shared', [file('./.ENV')], 'is shared by all releases'],
    ["Belay's own mark", [file('.belay-release.json', '{}')], "is Belay's own"],
    ['a file in place of the folder itself', [file('.')], "release's own folder"],
    ['nothing', [], 'it is'],
  ])('%s', async (_, entries, why) => {
    const { outside, bring } = await place();
    const before = treeOf(outside);
    // What comes first is harmless: it isn't unpacked either.
    const bytes = tgzOf(entries.length === 0 ? [] : [file('harmless'), ...entries]);
    await expect(bring(bytes)).rejects.toThrow(why);
    expect(treeOf(outside)).toEqual(before);
  });
});

describe('an artifact changes nothing when it is', () => {
  const good = tgzOf([file('a', 'x'.repeat(5_000))]);
  const flipped = Buffer.from(good);
  flipped[flipped.length - 20]! ^= 0xff;
  const badSum = tarOf([file('a')]);
  badSum[0] = 0x62;
  it.each<[string, Buffer, string]>([
    ['cut off', good.subarray(0, good.length - 12), 'it is damaged (unexpected end of file)'],
    ['damaged', flipped, 'it is damaged'],
    ['no gzip', Buffer.from('#!/bin/sh\n'.repeat(100)), 'it is damaged (incorrect header check)'],
    ['a tar that is not compressed', tarOf([file('a')]), 'it is damaged (incorrect header check)'],
    ['empty', Buffer.alloc(0), 'it is'],
    ['no tar', gzipSync(Buffer.alloc(2048, 'x')), 'it is damaged'],
    ['short', gzipSync(Buffer.from('x')), 'it is no tar archive'],
    [
      'compressed twice',
      gzipSync(gzipSync(Buffer.concat([tarOf([file('a')]), Buffer.alloc(100_000)]), { level: 0 })),
      'it is no tar archive',
    ],
    ['a tar with a wrong checksum', gzipSync(badSum), 'it is damaged'],
    [
      'a tar that ends within a file',
      gzipSync(tarOf([file('a', 'x'.repeat(5_000))]).subarray(0, 2048)),
      'it is damaged',
    ],
    [
      'a tar that ends between two files',
      gzipSync(tarOf([file('a'), file('b')]).subarray(0, 1024)),
      'its end mark is missing',
    ],
    [
      'one of too many files',
      tgzOf(Array.from({ length: 101 }, (_, n) => file(`f${n}`))),
      'more than 100 entries (artifact.max_files)',
    ],
    [
      'too large once it is unpacked',
      tgzOf([file('a', '0'.repeat(2 ** 20))]),
      'larger than 1 MiB (artifact.max_unpacked_size)',
    ],
    [
      'too large behind its end',
      gzipSync(Buffer.concat([tarOf([file('a')]), Buffer.alloc(2 ** 21)])),
      'larger than 1 MiB',
    ],
  ])('%s', async (_, bytes, why) => {
    const { outside, bring } = await place();
    const before = treeOf(outside);
    await expect(bring(bytes)).rejects.toThrow(why);
    expect(treeOf(outside)).toEqual(before);
  });
});

it('unpacks files, folders and links that stay inside, without special rights', async () => {
  const { directory, bring } = await place();
  const name = await bring(
    tgzOf([
      dir('./'),
      { path: './bin/', type: '5', mode: 0o2777 },
      { path: './bin/server', text: '#!', mode: 0o6755 },
      { path: 'lib/libfoo.so.1.0', text: 'ELF' },
      link('lib/libfoo.so.1', 'libfoo.so.1.0'),
      link('lib/libfoo.so', 'libfoo.so.1'),
      link('bin/lib', '../lib'),
      link('bin/app.log', '../log/app.log'),
      hard('bin/again', 'bin/server'),
      { path: 'private/key', text: 'k', mode: 0o600 },
      { path: 'closed', type: '5', mode: 0o000 },
      file('closed/inside'),
    ]),
  );
  const { '.belay-release.json': mark, ...tree } = treeOf(name);
  expect(tree).toEqual({
    '.env': '-> ../../shared/.env',
    log: '-> ../../shared/log',
    bin: 'folder 755',
    'bin/server': '755 #!',
    'bin/again': '755 #!',
    'bin/lib': '-> ../lib',
    'bin/app.log': '-> ../log/app.log',
    lib: 'folder 755',
    'lib/libfoo.so.1.0': '644 ELF',
    'lib/libfoo.so.1': '-> libfoo.so.1.0',
    'lib/libfoo.so': '-> libfoo.so.1',
    private: 'folder 755',
    'private/key': '600 k',
    closed: 'folder 700',
    'closed/inside': '644 x',
  });
  expect(mark).toContain('"code_version": "1.1.0"');
  expect(treeOf(directory)).toMatchObject({
    current: expect.stringMatching(/^-> releases\/1\.1\.0-2-[0-9a-f]{12}$/),
    'shared/log': 'folder 755',
  });
});
