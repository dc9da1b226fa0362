import { openStore } from '../../src/store';
import { useStore } from './builders';

const used = useStore();

it('lets one work at a time under a name, whichever process it is of', async () => {
  const { store, database } = used;
  const other = await openStore(database.url, { max: 1 });
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    // It may use the store itself, however many wait.
    await Promise.all([store.inFlight(), other.inFlight()]);
    inside--;
    return 'done';
  };
  const all = Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? store : other).exclusively('fleet', work));
  expect(new Set(await Promise.all(all))).toEqual(new Set(['done']));
  expect(most).toBe(1);
  await other.close();
});

it('does not keep others waiting when the work fails', async () => {
  const { store } = used;
  await expect(store.exclusively('failing', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await store.exclusively('failing', async () => 'yes')).toBe('yes');
});
