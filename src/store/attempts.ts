import { sql } from 'kysely';
import type { ChangeOutcome, RestoreOutcome } from '../domain';
import { MEMBER_COLUMNS, workMember, type MemberColumns } from './members';
import { outcomeOf } from './outcomes';
import { MEMBER_FACTS, recordingState } from './recording';
import { first, present, type Db } from './rows';
import type { AttemptRow, ControlStore } from './types';
import type { OpenedAttempt, WorkKey } from './work-attempt';
import type { WorkStore } from './work-store';

interface OpenedRow extends MemberColumns {
  generation: number;
  outcome: ChangeOutcome | RestoreOutcome | null;
  ended: boolean;
  holder: number | null;
  latest: number;
  answered: number;
  lost: number;
  touched: boolean;
  attempt: number | null;
}

interface LogRow {
  generation: number;
  name: string;
  attempt: number;
  towards: AttemptRow['towards'];
  started_at: Date;
  ended_at: Date | null;
  ok: boolean | null;
  reason: string | null;
  output: string | null;
}

const TRIES = 5;

/** What drivers were asked, and what they answered. */
export function attemptsIn(db: Db) {
  return {
    async openAttempt(key, knownLost) {
      for (let tries = 1; tries <= TRIES; tries++) {
        const row = await open(db, key, knownLost);
        const opened = openedOf(row, key, knownLost);
        if (opened !== undefined) return opened;
        // Somebody else opened an attempt of the same number at this very moment: look again.
      }
      throw new Error(`Attempts on instance ${key.ordinal} of deployment ${key.generation} are opened too fast`);
    },

    async answerAttempt(key, answer, state) {
      await sql`/* prepare answer_attempt */
        with me as (${MEMBER_FACTS(key.generation, key.ordinal)}),
        due as (
          update attempts a
          set ended_at = clock_timestamp(), ok = ${answer.ok}, reason = ${answer.reason ?? null},
            output = ${answer.output ?? null}
          where a.generation = ${key.generation} and a.ordinal = ${key.ordinal} and a.towards = ${key.towards}
            and a.attempt = ${answer.attempt} and a.ended_at is null
          returning attempt
        ),
        ${recordingState(state)}
        select from due`.execute(db);
    },

    /** In the order of their starts. */
    async attempts(generation, instance) {
      const name = instance ?? null;
      const { rows } = await sql<LogRow>`
        select a.generation, m.name, a.attempt, a.towards, a.started_at, a.ended_at, a.ok, a.reason, a.output
        from attempts a join members m using (generation, ordinal)
        where a.generation = ${generation} and (${name}::text is null or m.name = ${name})
        order by a.started_at, a.ordinal, a.attempt`.execute(db);
      return rows.map(({ started_at: startedAt, ended_at: endedAt, ...row }): AttemptRow => {
        return present({ ...row, startedAt, endedAt });
      });
    },
  } satisfies Partial<ControlStore & WorkStore>;
}

async function open(db: Db, key: WorkKey, knownLost: number): Promise<OpenedRow> {
  const row = await first(
    sql<OpenedRow>`/* prepare open_attempt */
      with me as (
        select ${MEMBER_COLUMNS}, d.ended_at is not null as ended,
          greatest(d.generation, d.rollback_generation) as latest,
          (select c.generation from claims c where c.fleet = w.fleet and c.name = m.name) as holder,
          (${outcomeOf(key)}) as outcome
        from members m
        join snapshots s using (generation, ordinal)
        join deployments d using (generation)
        join draws w using (generation)
        where m.generation = ${key.generation} and m.ordinal = ${key.ordinal}
      ),
      tried as (
        select coalesce(max(attempt), 0) as last,
          count(*) filter (where round = ${key.round} and ended_at is not null) as answered,
          count(*) filter (where round = ${key.round} and ended_at is null) as lost
        from attempts
        where generation = ${key.generation} and ordinal = ${key.ordinal} and towards = ${key.towards}
      ),
      opened as (
        insert into attempts (generation, ordinal, towards, round, fence, attempt)
        select me.generation, me.ordinal, ${key.towards}, ${key.round}, ${key.fence}, tried.last + 1
        from me, tried
        where me.outcome is null and not me.ended and me.holder = me.generation
          and me.latest <= ${key.fence} and tried.lost <= ${knownLost}
        on conflict do nothing
        returning attempt
      )
      select me.*, tried.answered, tried.lost, (select attempt from opened) as attempt,
        exists (
          select from attempts a
          where a.generation = me.generation and a.ordinal = me.ordinal and a.towards = 'release') as touched
      from me, tried`,
    db,
  );
  if (row === undefined) throw new Error(`Deployment ${key.generation} has no instance ${key.ordinal}`);
  return row;
}

function openedOf(row: OpenedRow, key: WorkKey, knownLost: number): OpenedAttempt | undefined {
  const { answered, lost } = row;
  if (row.outcome !== null) return { kind: 'recorded', outcome: row.outcome };
  if (row.ended || row.holder !== row.generation) {
    return { kind: 'fenced', why: 'claim', ...(row.holder !== row.generation && present({ by: row.holder })) };
  }
  if (row.latest > key.fence) return { kind: 'fenced', why: 'stale', by: row.latest };
  if (lost > knownLost) return { kind: 'lost', lost, answered, member: workMember(row) };
  if (row.attempt === null) return undefined;
  const touched = row.touched || key.towards === 'release';
  return { kind: 'started', attempt: row.attempt, answered, lost, member: workMember(row), touched };
}
