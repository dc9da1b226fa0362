import { HEALTH } from '../../src/domain';
import { OLD, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { environment, Rig, run } from './harness';

const used = useStore();
const folder = temporaryFolder();

async function twoGood(): Promise<Rig> {
  const rig = new Rig(used.store, { folder: folder.path });
  await rig.began();
  await rig.change(0);
  await rig.change(1);
  return rig;
}

const sweep = async ({ activities, generation }: Rig) =>
  (await run(activities.takeStock, { generation, sweep: true, lines: [] })).degraded;

describe('sweep', () => {
  it('finds nothing wrong with good instances, and doesn’t look at others', async () => {
    const rig = await twoGood();
    const before = rig.driver.probes;
    expect(await sweep(rig)).toEqual([]);
    expect(rig.driver.probes - before).toBe(2);
  });

  it('names those that two looks found bad, and records how they are', async () => {
    const rig = await twoGood();
    rig.driver.fleet.set('b', { health: HEALTH.FAILED, reachable: true });
    expect(await sweep(rig)).toEqual([
      { ordinal: 1, name: 'b', attempts: 1, reason: 'was good, then: health check answered 503, wanted 200' },
    ]);
    expect((await used.store.members(rig.generation))[1]).toMatchObject({ recorded: { health: HEALTH.FAILED } });
  });

  it('forgives one bad look', async () => {
    const rig = await twoGood();
    let looks = 0;
    rig.driver.onProbe = ({ name }) =>
      name === 'a' && ++looks === 1 ? { kind: 'unreachable', reason: 'no answer' } : undefined;
    expect(await sweep(rig)).toEqual([]);
    expect(looks).toBe(2);
  });

  it('leaves out what is being restored', async () => {
    const rig = await twoGood();
    await rig.restore(0, await rig.drawGeneration());
    expect(await sweep(rig)).toEqual([]);
  });
});

describe('patrol', () => {
  it('sweeps until something is found', async () => {
    const rig = await twoGood();
    let looks = 0;
    rig.driver.onProbe = ({ name }) => {
      if (name === 'a' && ++looks === 3) rig.driver.put(['b'], OLD);
      return undefined;
    };
    expect(await run(rig.activities.patrol, { generation: rig.generation })).toMatchObject([
      { name: 'b', reason: 'was good, then: answered 1.0.0, wanted 1.1.0' },
    ]);
  });

  it('tells what is known once more only when it was changed again', async () => {
    const rig = await twoGood();
    rig.driver.put(['b'], OLD);
    const [known] = await run(rig.activities.patrol, { generation: rig.generation });
    expect(known).toMatchObject({ name: 'b', ordinal: 1, round: 0 });
    const told = [{ ordinal: 1, round: 0 }];
    let looks = 0;
    rig.driver.onProbe = ({ name }) => {
      if (name === 'a' && ++looks === 3) rig.driver.put(['a'], OLD);
      return undefined;
    };
    const patrol = () => run(rig.activities.patrol, { generation: rig.generation, known: told });
    expect(await patrol()).toMatchObject([{ name: 'a' }]);
    await rig.change(1, 1);
    rig.driver.put(['b'], OLD);
    told.push({ ordinal: 0, round: 0 });
    expect(await patrol()).toMatchObject([{ name: 'b', round: 1 }]);
  });

  it('ends when it is cancelled', async () => {
    const rig = await twoGood();
    const env = environment();
    const patrolling = env.run(rig.activities.patrol, { generation: rig.generation });
    setImmediate(() => env.cancel());
    await expect(patrolling).rejects.toThrow('CANCELLED');
  });
});
