import { sql } from 'kysely';
import { openStore, StoreUnreachable } from '../../src/store';
import { connect } from '../../src/store/open';
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

it('is taken from a process that stands still, which is told before it goes on', async () => {
  const { store, database } = used;
  const url = new URL(database.url);
  url.searchParams.set('idle_in_transaction_session_timeout', '200');
  const other = await openStore(url.href);
  let begun = () => {};
  let thawed = () => {};
  const begins = new Promise<void>((resolve) => (begun = resolve));
  const thaws = new Promise<void>((resolve) => (thawed = resolve));
  const frozen = other.exclusively('frozen', async (held) => {
    await held();
    begun();
    await thaws;
    await held();
  });
  await begins;
  expect(await store.exclusively('frozen', async () => 'mine')).toBe('mine');
  thawed();
  await expect(frozen).rejects.toThrow(StoreUnreachable);
  await other.close();
});

it('has its sessions ended when they stand still within a transaction', async () => {
  const db = connect(used.database.url, 1);
  const { rows } = await sql`show idle_in_transaction_session_timeout`.execute(db);
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: '30s' }]);
  await db.destroy();
});
