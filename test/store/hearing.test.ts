import { createHash } from 'node:crypto';
import { HEALTH } from '../../src/domain';
import { useStore } from './builders';
import { query } from '../support/postgres';

const used = useStore();
const UNKNOWN_AFTER_S = 30;

const sql = (text: string, values: unknown[] = []) => query(used.database.url, text, values);

/** One whose last heartbeat is so many seconds old, with an API that listened from then to then, in seconds ago. */
async function silentFor(seconds: number, heard?: { since: number; until: number }): Promise<boolean | undefined> {
  const name = 'silent-01';
  const secretHash = createHash('sha256').update(name).digest();
  const versions = { codeVersion: '1.0.0', configurationVersion: '1' };
  const unknownAfterMs = UNKNOWN_AFTER_S * 1_000;
  await used.store.register({ name, ip: '10.0.0.1', labels: {}, secretHash, presentHash: secretHash, unknownAfterMs });
  await used.store.hear([{ name, secretHash, health: HEALTH.HEALTHY, versions }]);
  await sql(`update inventory set seen_at = clock_timestamp() - make_interval(secs => $1)`, [seconds]);
  await sql('delete from hearing');
  if (heard !== undefined) {
    const at = 'clock_timestamp() - make_interval(secs => ';
    await sql(`insert into hearing (since, until) values (${at}$1), ${at}$2))`, [heard.since, heard.until]);
  }
  return (await used.store.agentReports([name])).get(name)?.silent;
}

it.each([
  ['in time', 10, { since: 900, until: 1 }, false],
  ['too late, with somebody who listened all the time', 33, { since: 900, until: 1 }, true],
  ['too late, with an API that was down and is just back', 300, { since: 5, until: 1 }, false],
  ['too late, also since an API is back', 300, { since: 33, until: 1 }, true],
  ['too late, while every API is down', 300, { since: 900, until: 280 }, false],
  ['too late by now, and not when an API listened last', 31, { since: 900, until: 3 }, false],
  ['too late, where nobody ever said that they listen', 31, undefined, true],
])('one whose last heartbeat came %s', async (_, seconds, heard, silent) => {
  expect(await silentFor(seconds, heard)).toBe(silent);
});

it.each([
  ['3 seconds', 'goes on', true],
  ['5 seconds', 'begins anew', false],
])('listening that is said again after %s %s', async (gap, _, goesOn) => {
  await used.store.hearing();
  await sql(`update hearing set since = since - interval '1 hour', until = until - interval '${gap}'`);
  await used.store.hearing();
  const [row] = await sql(`select since < clock_timestamp() - interval '59 minutes' as old,
    until > clock_timestamp() - interval '4 seconds' as now from hearing`);
  expect(row).toEqual({ old: goesOn, now: true });
});
