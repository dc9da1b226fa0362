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
  rig.activities.readMembership({ generation: rig.generation, total, read: number });

describe('readMembership', () => {
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
    expect(Object.keys(JSON.parse(readFileSync(rig.spec.snapshotFile, 'utf8')))).toEqual(['a', 'b', 'c', 'd', 'e']);
    rig.names.push('d');
    expect(await rig.change(3)).toMatchObject({ result: 'good' });
  });

  it('knows a newcomer by its name, whatever it is called', async () => {
    const rig = await begun();
    rig.driver.put(['constructor'], OLD);
    rig.listing = listing('a', 'b', 'c', 'constructor');
    await read(rig);
    expect(JSON.parse(readFileSync(rig.spec.snapshotFile, 'utf8'))).toHaveProperty(['constructor', 'code_version']);
    expect(Object.keys(JSON.parse(readFileSync(rig.spec.snapshotFile, 'utf8')))).toContain('constructor');
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
    const rig = await begun({ fleet: other.spec.fleet.path });
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
