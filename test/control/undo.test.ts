import { undoLatest } from '../../src/control/undo';
import { OLD, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { Rig } from '../activities/harness';

const used = useStore();
const folder = temporaryFolder();

/** A canary of three instances, one of which was changed and put back, whose requests were told this last. */
async function backed(last: { weight: number; confirmed: boolean }) {
  const rig = new Rig(used.store, {
    folder: folder.path,
    spec: {
      strategy: {
        kind: 'canary',
        steps: [],
        batchSize: { kind: 'count', count: 1 },
        match: [],
        rollback: 'instant',
      },
      traffic: { kind: 'command', shift: [], read: [], directory: '/', env: {}, drainTimeoutMs: 0, timeoutMs: 0 },
    },
  });
  const { document, generation } = await rig.began();
  await rig.change(0);
  await used.store.recordShift(generation, { number: 1, weight: 10, at: new Date() });
  await used.store.confirmShift(generation, 1, new Date());
  await used.store.recordShift(generation, { number: 2, weight: last.weight, at: new Date() });
  if (last.confirmed) await used.store.confirmShift(generation, 2, new Date());
  await rig.restore(0, await rig.drawGeneration());
  await rig.activities.recordEnd({ document: { ...document, status: 'rollback_incomplete' } });
  const row = (await used.store.deployment(generation))!;
  const listed = rig.names.map((name) => ({ name, labels: {}, versions: OLD }));
  return () => undoLatest(used.store, async () => listed, row, { actor: 'ann' });
}

it('goes back once more with instances that are back, when requests could not be taken away', async () => {
  for (const last of [
    { weight: 0, confirmed: false },
    { weight: 25, confirmed: true },
  ]) {
    const undo = await backed(last);
    expect((await undo()).members).toMatchObject([{ name: 'a', target: { versions: OLD } }]);
  }
});

it('has nothing to do when instances and requests are back', async () => {
  const undo = await backed({ weight: 0, confirmed: true });
  await expect(undo()).rejects.toThrow('touched nothing: there is nothing to roll back');
});
