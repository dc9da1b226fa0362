import { readFileSync } from 'node:fs';
import { InputError } from '../../src/domain/errors';
import type { Instance } from '../../src/domain';
import { NEW, OLD, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { Rig, type RigOptions } from './harness';

const used = useStore();
const folder = temporaryFolder();

async function begun(options: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = new Rig(used.store, { folder: folder.path, ...options });
  await rig.began();
  return rig;
}

const listing = (...names: string[]): Instance[] => names.map((name) => ({ name, labels: {}, versions: OLD }));
const read = (rig: Rig, number = 0, total = 3) =>
  rig.activities
    .takeStock({ generation: rig.generation, membership: { total, number }, sweep: false, lines: [] })
    .then(({ membership }) => membership);

describe('the membership', () => {
  it('finds nothing new in an unchanged fleet', async () => {
    const rig = await begun();
    rig.listing = listing('a', 'b', 'c');
    expect(await read(rig)).toEqual({ joined: [], left: [] });
  });

  it('takes newcomers in with a snapshot each, and marks who left', async () => {
    const rig = await begun();
    rig.driver.put(['d'], OLD).put(['e'], NEW);
    rig.listing = listing('a', 'c', 'd', 'e', 'f');
    expect(await read(rig)).toEqual({
      joined: [
        { ordinal: 3, state: 'pending' },
        { ordinal: 4, state: 'unchanged' },
        { ordinal: 5, state: 'unreachable' },
      ],
      left: [1],
    });
    expect(await used.store.members(rig.generation)).toMatchObject([
      { name: 'a', left: false },
      { name: 'b', left: true },
      { name: 'c' },
      { name: 'd', snapshot: { versions: OLD } },
      { name: 'e' },
      { name: 'f', excluded: true },
    ]);
    expect(Object.keys(JSON.parse(readFileSync(rig.snapshotFile, 'utf8')))).toEqual(['a', 'b', 'c', 'd', 'e']);
    rig.names.push('d');
    expect(await rig.change(3)).toMatchObject({ result: 'good' });
  });

  it('knows a newcomer by its name, whatever it is called', async () => {
    const rig = await begun();
    rig.driver.put(['constructor'], OLD);
    rig.listing = listing('a', 'b', 'c', 'constructor');
    await read(rig);
    expect(JSON.parse(readFileSync(rig.snapshotFile, 'utf8'))).toHaveProperty(['constructor', 'code_version']);
    expect(Object.keys(JSON.parse(readFileSync(rig.snapshotFile, 'utf8')))).toContain('constructor');
  });

  it('answers a repeated read with what it answered first', async () => {
    const rig = await begun();
    rig.driver.put(['d'], OLD);
    rig.listing = listing('a', 'b', 'c', 'd');
    const first = await read(rig);
    rig.listing = listing('a');
    expect(await read(rig)).toEqual(first);
    expect(await read(rig, 1, 4)).toEqual({ joined: [], left: [1, 2, 3] });
    expect(await read(rig, 2, 4)).toEqual({ joined: [], left: [] });
  });

  it('only lists a newcomer that another deployment has', async () => {
    const other = await begun({ names: ['x'] });
    const rig = await begun({ fleet: other.fleet });
    rig.driver.put(['x'], OLD);
    rig.listing = listing('a', 'b', 'c', 'x');
    expect(await read(rig)).toEqual({ joined: [{ ordinal: 3, state: 'unreachable' }], left: [] });
    const events = await used.store.events({ generation: rig.generation });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'joiners_only_listed',
        reason: expect.stringContaining(`${other.spec.service}/`),
      }),
    );
  });

  describe('of those that left and are listed again', () => {
    const membershipEvents = async (rig: Rig) =>
      (await used.store.events({ generation: rig.generation }))
        .filter(({ type }) => ['left', 'joined', 'returned'].includes(type))
        .map(({ type, instance }) => [type, instance]);

    it('tells what they run now, keeps their first snapshot, and has a line for each', async () => {
      const rig = await begun();
      await rig.change(0);
      rig.driver.put(['d'], OLD);
      rig.listing = listing('d');
      expect(await read(rig)).toEqual({ joined: [{ ordinal: 3, state: 'pending' }], left: [0, 1, 2] });
      rig.driver.put(['b'], { ...OLD, codeVersion: 'by-hand' });
      const c = rig.driver.fleet.get('c');
      if (c) c.reachable = false;
      rig.listing = listing('a', 'b', 'c', 'd');
      const returned = [
        { ordinal: 0, state: 'unchanged' },
        { ordinal: 1, state: 'pending' },
        { ordinal: 2, state: 'unreachable' },
      ];
      expect(await read(rig, 1, 4)).toEqual({ joined: [], left: [], returned });
      expect(await read(rig, 1, 4)).toEqual({ joined: [], left: [], returned });
      expect(await read(rig, 2, 4)).toEqual({ joined: [], left: [] });
      expect(await used.store.members(rig.generation)).toMatchObject([
        { name: 'a', left: false },
        { name: 'b', left: false, snapshot: { versions: OLD } },
        { name: 'c', left: false },
        { name: 'd', left: false },
      ]);
      expect(await membershipEvents(rig)).toEqual([
        ['left', 'a'],
        ['left', 'b'],
        ['left', 'c'],
        ['joined', 'd'],
        ['returned', 'a'],
        ['returned', 'b'],
        ['returned', 'c'],
      ]);
    });

    it('changes one again in its new round, as its first outcome isn’t true any more', async () => {
      const rig = await begun();
      await rig.change(0);
      rig.listing = listing('b', 'c');
      await read(rig);
      rig.driver.put(['a'], OLD);
      rig.listing = listing('a', 'b', 'c');
      expect(await read(rig, 1)).toMatchObject({ returned: [{ ordinal: 0, state: 'pending' }] });
      expect(await rig.change(0, 1)).toMatchObject({ result: 'good' });
      expect(rig.driver.fleet.get('a')).toMatchObject({ versions: NEW });
    });

    it('still leaves out one that was left out, for it has no snapshot that it was seen with', async () => {
      const rig = await begun();
      rig.listing = listing('a', 'b', 'c', 'f');
      expect(await read(rig)).toMatchObject({ joined: [{ ordinal: 3, state: 'unreachable' }] });
      rig.listing = listing('a', 'b', 'c');
      await read(rig, 1, 4);
      rig.driver.put(['f'], OLD);
      rig.listing = listing('a', 'b', 'c', 'f');
      expect(await read(rig, 2, 4)).toMatchObject({ returned: [{ ordinal: 3, state: 'unreachable' }] });
    });

    it('reads the same again and again when one left and came back more than once', async () => {
      const rig = await begun();
      for (let round = 0; round < 2; round++) {
        rig.listing = listing('a', 'b');
        expect(await read(rig, 2 * round)).toEqual({ joined: [], left: [2] });
        rig.listing = listing('a', 'b', 'c');
        const returned = [{ ordinal: 2, state: 'pending' }];
        expect(await read(rig, 2 * round + 1)).toEqual({ joined: [], left: [], returned });
      }
      expect(await membershipEvents(rig)).toHaveLength(4);
    });
  });

  it('leaves out newcomers that the selection doesn’t name', async () => {
    const rig = await begun({ spec: { selection: { only: [], exclude: ['d'], first: [] } } });
    rig.driver.put(['d'], OLD);
    rig.listing = listing('a', 'b', 'c', 'd');
    expect(await read(rig)).toEqual({ joined: [], left: [] });
  });

  it('keeps the fleet as it is while the file can’t be understood, and says so once', async () => {
    const rig = await begun();
    rig.listing = new InputError({ file: 'fleet.json', line: 3, message: 'a comma is missing' });
    expect(await read(rig)).toEqual({ joined: [], left: [] });
    expect(await read(rig)).toEqual({ joined: [], left: [] });
    const events = await used.store.events({ generation: rig.generation });
    expect(events.filter(({ type }) => type === 'membership_unreadable')).toMatchObject([
      { reason: 'the fleet stays as it was: fleet.json:3: a comma is missing' },
    ]);
  });
});
