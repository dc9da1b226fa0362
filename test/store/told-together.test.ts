import { createHash } from 'node:crypto';
import { query } from '../support/postgres';
import { useStore } from './builders';

const used = useStore();
const hashOf = (secret: string) => createHash('sha256').update(secret).digest();

/** Changes, each with its line of the event log and the question whether it was made. */
const registration = (name: string) => {
  return { name, ip: '10.0.0.1', labels: {}, secretHash: hashOf(name), unknownAfterMs: 60_000 };
};
const token = (name: string) => ({ name, secretHash: hashOf(name), role: 'viewer' as const, by: 'ann' });
const inventory = async () =>
  query(used.database.url, 'select name, ip, deleted_at, excluded_at from inventory order by 1');
const tokens = async () => query(used.database.url, 'select name, revoked_at from tokens order by 1');

const CHANGES: [type: string, change: () => Promise<unknown>][] = [
  ['registered', () => used.store.register(registration('newcomer'))],
  ['registered_again', () => used.store.register({ ...registration('there'), ip: '10.0.0.2' })],
  ['instance_excluded', () => used.store.excludeFromFleets('there', 'ann')],
  ['instance_included', () => used.store.includeInFleets('excluded', 'ann')],
  ['instance_deleted', () => used.store.removeFromInventory('there', 'ann')],
  ['token_created', () => used.store.createToken(token('new'))],
  ['token_revoked', () => used.store.revokeToken('old', 'ann')],
];

beforeAll(async () => {
  await used.store.register(registration('there'));
  await used.store.register(registration('excluded'));
  await used.store.excludeFromFleets('excluded', 'ann');
  await used.store.createToken(token('old'));
});

it.each(CHANGES)('nothing is %s without a line in the event log', async (type, change) => {
  const before = [await inventory(), await tokens()];
  await query(used.database.url, `alter table events add constraint cut_off check (type <> '${type}') not valid`);
  await expect(change()).rejects.toThrow('cut_off');
  await query(used.database.url, 'alter table events drop constraint cut_off');
  expect([await inventory(), await tokens()]).toEqual(before);
  await change();
  expect([await inventory(), await tokens()]).not.toEqual(before);
  const lines = await query(used.database.url, `select count(*)::int as lines from events where type = '${type}'`);
  expect(lines[0]!.lines).toBeGreaterThan(0);
});
