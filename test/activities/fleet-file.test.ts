import { chmodSync, chownSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { HEALTH } from '../../src/domain';
import { writeStates } from '../../src/activities/fleet-text';
import type { InstanceState, Store } from '../../src/store';
import { NEW, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { Rig, run } from './harness';

const used = useStore();
const folder = temporaryFolder();
const good: InstanceState = { versions: NEW, health: HEALTH.HEALTHY };

describe('writeStates', () => {
  it('changes versions and health of the named entries, and nothing else', () => {
    const before = JSON.stringify(
      [
        { instance_id: 'a', code_version: '1.0.0', owner: 'ops', configuration_version: '1' },
        { instance_id: 'b', code_version: '1.0.0', configuration_version: '1' },
      ],
      null,
      4,
    );
    const after = writeStates(`${before}\n`, new Map([['a', good]]));
    expect(after).toBe(
      `${JSON.stringify(
        [
          { instance_id: 'a', code_version: '1.1.0', owner: 'ops', configuration_version: '1', health: 'healthy' },
          { instance_id: 'b', code_version: '1.0.0', configuration_version: '1' },
        ],
        null,
        4,
      )}\n`,
    );
  });

  it('keeps an entry a line', () => {
    const before =
      '[\n  { "instance_id": "a", "code_version": "1.0.0", "configuration_version": "1" },\n  { "instance_id": "b" }\n]\n';
    expect(writeStates(before, new Map([['b', { health: HEALTH.FAILED }]]))).toBe(
      before.replace('"b" }', '"b", "health": "failed" }'),
    );
  });

  it('leaves a file alone that says it already', () => {
    const before = '[{"instance_id":"a","code_version":"1.1.0","configuration_version":"1","health":"healthy"}]';
    expect(writeStates(before, new Map([['a', good]]))).toBe(before);
  });
});

it('keeps a byte order mark', () => {
  const before = '\uFEFF[{"instance_id":"a"}]';
  expect(writeStates(before, new Map([['a', { health: HEALTH.FAILED }]]))).toBe(
    '\uFEFF[{"instance_id":"a","health":"failed"}]',
  );
});

describe('the fleet’s file', () => {
  const listed = () =>
    ['a', 'b', 'c'].map((id) => ({ instance_id: id, code_version: '1.0.0', configuration_version: '1' }));

  (process.getuid?.() === 0 ? it : it.skip)('stays its owner’s', async () => {
    const rig = new Rig(used.store, { folder: folder.path });
    const file = rig.fleet;
    writeFileSync(file, JSON.stringify(listed()));
    chownSync(file, 1234, 2345);
    const { document } = await rig.began();
    await rig.change(0);
    await run(rig.activities.recordEnd, { document });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject([{ code_version: '1.1.0' }, {}, {}]);
    expect(statSync(file)).toMatchObject({ uid: 1234, gid: 2345 });
  });

  it('shows what was changed, soon', async () => {
    const rig = new Rig(used.store, { folder: folder.path });
    const file = rig.fleet;
    writeFileSync(file, JSON.stringify(listed(), null, 2));
    chmodSync(file, 0o640);
    await rig.began();
    await rig.change(0);
    for (let tries = 0; tries < 100 && !readFileSync(file, 'utf8').includes('1.1.0'); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject([
      { code_version: '1.1.0', health: 'healthy' },
      { code_version: '1.0.0' },
      {},
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it('shows everything before the end is recorded', async () => {
    const rig = new Rig(used.store, { folder: folder.path });
    const file = rig.fleet;
    writeFileSync(file, JSON.stringify(listed()));
    const { document } = await rig.began();
    await Promise.all([0, 1, 2].map((ordinal) => rig.change(ordinal)));
    await rig.activities.recordEnd({ document: { ...document, status: 'succeeded' } });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject(
      Array(3).fill({ code_version: '1.1.0', health: 'healthy' }),
    );
    expect(await used.store.deployment(rig.generation)).toMatchObject({ status: 'succeeded' });
    expect(await new Rig(used.store, { folder: folder.path, fleet: file }).begin()).toMatchObject({ kind: 'began' });
  });

  /** The store of a worker during whose first writes of the file, each about to begin, a person saves it. */
  const edited = (edit: (nth: number) => void): Store => {
    let nth = 0;
    return {
      ...used.store,
      exclusively: (name, run) =>
        used.store.exclusively(name, (held) =>
          run(async () => {
            await held();
            edit(++nth);
          }),
        ),
    };
  };

  it('keeps what a person saves while it is written', async () => {
    const rig = new Rig(
      edited((nth) => {
        // In place, and of the same length.
        if (nth === 1) writeFileSync(file, readFileSync(file, 'utf8').replace('ops', 'dev'));
        // As most editors do: another file in its place.
        if (nth === 2) {
          writeFileSync(`${file}.new`, readFileSync(file, 'utf8').replace('}]', '},{"instance_id":"d"}]'));
          renameSync(`${file}.new`, file);
        }
      }),
      { folder: folder.path },
    );
    const file = rig.fleet;
    writeFileSync(file, JSON.stringify(listed().map((each) => ({ ...each, owner: 'ops' }))));
    const { document } = await rig.began();
    await Promise.all([0, 1, 2].map((ordinal) => rig.change(ordinal)));
    await rig.activities.recordEnd({ document: { ...document, status: 'succeeded' } });
    const shown = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    expect(shown).toMatchObject([
      { code_version: '1.1.0', owner: 'dev' },
      { code_version: '1.1.0', owner: 'ops' },
      { code_version: '1.1.0', owner: 'ops' },
      { instance_id: 'd' },
    ]);
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is left as it is, and that is told, when somebody saves it all the time', async () => {
    const rig = new Rig(
      edited((nth) => writeFileSync(file, JSON.stringify([...listed(), { instance_id: `x${nth}` }]))),
      { folder: folder.path },
    );
    const file = rig.fleet;
    writeFileSync(file, JSON.stringify(listed()));
    const { document } = await rig.began();
    await rig.change(0);
    await rig.activities.recordEnd({ document: { ...document, status: 'succeeded' } });
    expect(readFileSync(file, 'utf8')).not.toContain('1.1.0');
    const events = await used.store.events({ generation: rig.generation });
    expect(events.filter(({ type }) => type === 'fleet_file_not_written')).toMatchObject([
      { reason: expect.stringContaining('somebody else keeps changing it') as string },
    ]);
  });

  it('that can’t be written hinders nobody, and is told once', async () => {
    const rig = new Rig(used.store, { folder: folder.path, fleet: '/nowhere/at/all.json' });
    const { document } = await rig.began();
    await rig.change(0);
    await rig.change(1);
    await rig.activities.recordEnd({ document: { ...document, status: 'succeeded' } });
    expect(await used.store.deployment(rig.generation)).toMatchObject({ status: 'succeeded' });
    const events = await used.store.events({ generation: rig.generation });
    expect(events.filter(({ type }) => type === 'fleet_file_not_written')).toHaveLength(1);
  });
});
