import { sql } from 'kysely';
import { MEMBER_COLUMNS, workMember, type MemberColumns } from './members';
import type { Db } from './rows';
import type { LastAttempt } from './work-attempt';
import type { WorkStore } from './work-store';

interface Row extends MemberColumns {
  round: number;
  attempt: number;
  answered: number;
  ended_ms_ago: number | null;
  settled: boolean;
}

/** How far work is that goes on by itself, whoever began it. */
export function lastAttemptsIn(db: Db) {
  return {
    async lastAttempts(generation, towards, ordinals) {
      const { rows } = await sql<Row>`
        select ${MEMBER_COLUMNS}, a.round, a.attempt, a.answered,
          (extract(epoch from clock_timestamp() - a.ended_at) * 1000)::float8 as ended_ms_ago,
          exists (
            select from outcomes o
            where o.generation = m.generation and o.ordinal = m.ordinal and o.towards = ${towards}
              and o.round = a.round) as settled
        from unnest(${ordinals}::int[]) as wanted(ordinal)
        join members m on m.generation = ${generation} and m.ordinal = wanted.ordinal
        join snapshots s on s.generation = m.generation and s.ordinal = m.ordinal
        cross join lateral (
          select t.round, t.attempt, t.ended_at, (
            select count(*) from attempts r
            where r.generation = m.generation and r.ordinal = m.ordinal and r.towards = ${towards}
              and r.round = t.round and r.ended_at is not null) as answered
          from attempts t
          where t.generation = m.generation and t.ordinal = m.ordinal and t.towards = ${towards}
          order by t.attempt desc limit 1) a`.execute(db);
      return new Map(
        rows.map((row): [number, LastAttempt] => {
          const { ordinal, round, attempt, answered, settled, ended_ms_ago: endedMsAgo } = row;
          const ended = endedMsAgo === null ? {} : { endedMsAgo };
          return [ordinal, { member: workMember(row), round, attempt, answered, settled, ...ended }];
        }),
      );
    },
  } satisfies Partial<WorkStore>;
}
