import { sql, type Transaction } from 'kysely';
import type { Counts, ListedFailure, StatusDocument } from '../domain';

/** The database has them all; a document shows this many. */
const LISTED_FAILURES = 50;
const END_UNKNOWN = 'its end is not known: the orchestrator was lost';

interface Fact {
  name: string;
  has_left: boolean;
  excluded: boolean;
  round: number | null;
  changed: string | null;
  changed_reason: string | null;
  changed_attempts: number | null;
  restored: string | null;
  restored_reason: string | null;
  restored_attempts: number | null;
}

/** Work that was begun and will not be ended by anybody ends here: nobody knows how. */
export async function settleUnknown(tx: Transaction<unknown>, generation: number): Promise<void> {
  await sql`
    insert into outcomes (generation, ordinal, towards, round, name, result, attempts, reason)
    select a.generation, a.ordinal, a.towards, a.round, m.name,
      case a.towards when 'release' then 'failed' else 'unresolved' end,
      count(*) filter (where a.ended_at is not null), ${END_UNKNOWN}
    from attempts a join members m using (generation, ordinal)
    where a.generation = ${generation}
      and not exists (
        select from outcomes o
        where o.generation = a.generation and o.ordinal = a.ordinal and o.towards = a.towards and o.round >= a.round)
    group by a.generation, a.ordinal, a.towards, a.round, m.name
    on conflict do nothing`.execute(tx);
}

/** Counts and failures by what was recorded of each instance: the last document may be older than the last work. */
export async function tallyOf(
  tx: Transaction<unknown>,
  document: StatusDocument,
): Promise<Pick<StatusDocument, 'counts' | 'failures'>> {
  const { generation } = document;
  const { rows } = await sql<Fact>`
    select m.name, m.has_left, coalesce(s.excluded, false) as excluded,
      c.round, c.result as changed, c.reason as changed_reason, c.attempts as changed_attempts,
      r.result as restored, r.reason as restored_reason, r.attempts as restored_attempts
    from members m
    left join snapshots s using (generation, ordinal)
    left join lateral (${lastOf('release')}) c on true
    left join lateral (${lastOf('snapshot')}) r on true
    where m.generation = ${generation} order by m.ordinal`.execute(tx);
  const known = new Map(document.failures.map((failure) => [failure.instance, failure]));
  const counts: Counts = { ...NONE, total: rows.length };
  const failures: ListedFailure[] = [];
  for (const fact of rows) {
    const place = placeOf(fact, known.get(fact.name));
    counts[place.bucket]++;
    if (place.failure !== undefined && failures.length < LISTED_FAILURES) failures.push(place.failure);
  }
  // What a person skipped, and what ran the release already, has no record of its own.
  const unchanged = Math.min(document.counts.unchanged, counts.pending);
  const skipped = Math.min(Math.max(0, document.counts.skipped - counts.skipped), counts.pending - unchanged);
  counts.pending -= unchanged + skipped;
  return { counts: { ...counts, unchanged, skipped: counts.skipped + skipped }, failures };
}

const NONE: Counts = {
  total: 0,
  pending: 0,
  in_flight: 0,
  succeeded: 0,
  failed: 0,
  unchanged: 0,
  skipped: 0,
  rolled_back: 0,
  unresolved: 0,
};

const lastOf = (towards: 'release' | 'snapshot') => sql`
  select o.round, o.result, o.reason, o.attempts from outcomes o
  where o.generation = m.generation and o.ordinal = m.ordinal and o.towards = ${sql.lit(towards)}
  order by o.round desc limit 1`;

function placeOf(fact: Fact, known?: ListedFailure): { bucket: keyof Counts; failure?: ListedFailure } {
  const { name: instance, changed, restored } = fact;
  const failed =
    changed === 'cancelled' ? 'stopped while it was being changed' : (fact.changed_reason ?? 'no reason was given');
  // What was good at once and is listed all the same has degraded since.
  const degraded = changed === 'good' && fact.round === 0 && restored === null ? known : undefined;
  if (changed !== null && changed !== 'good' && changed !== 'left' && restored === null) {
    return { bucket: 'failed', failure: { instance, reason: failed, attempts: fact.changed_attempts ?? 0 } };
  }
  if (degraded !== undefined) return { bucket: 'failed', failure: degraded };
  if (fact.has_left || fact.excluded) return { bucket: 'skipped' };
  if (restored === 'restored') return { bucket: 'rolled_back' };
  if (restored !== null) {
    const reason = `not restored: ${fact.restored_reason ?? 'stopped while it went back'}`;
    return { bucket: 'unresolved', failure: { instance, reason, attempts: fact.restored_attempts ?? 0 } };
  }
  return { bucket: changed === 'good' ? 'succeeded' : 'pending' };
}
