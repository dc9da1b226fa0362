import { sql } from 'kysely';
import type { ChangeOutcome, RestoreOutcome } from '../domain';
import { MEMBER_FACTS, recordingState } from './recording';
import { first, type Db } from './rows';
import type { InstanceState } from './instance-state';
import type { AttemptAnswer, WorkKey } from './work-attempt';
import type { WorkStore } from './work-store';

/** An outcome `o` as the domain's object. */
export const OUTCOME_JSON = sql.raw(`json_strip_nulls(json_build_object('ordinal', o.ordinal, 'name', o.name,
  'result', o.result, 'attempts', o.attempts, 'reason', o.reason))`);

/** The outcome of a piece of work, if it has one. */
export const outcomeOf = (key: WorkKey) => sql`
  select ${OUTCOME_JSON} as outcome from outcomes o
  where o.generation = ${key.generation} and o.ordinal = ${key.ordinal} and o.towards = ${key.towards}
    and o.round = ${key.round}`;

/** How changes and restores ended: each once. */
export function outcomesIn(db: Db) {
  return {
    async settle<O extends ChangeOutcome | RestoreOutcome>(
      key: WorkKey,
      outcome: O,
      answer?: AttemptAnswer,
      state?: InstanceState,
    ): Promise<O | undefined> {
      const row = await first(
        sql<{ standing: O | null; recorded: boolean }>`/* prepare settle */
          with me as (${MEMBER_FACTS(key.generation, key.ordinal)}),
          standing as (${outcomeOf(key)}),
          due as (
            insert into outcomes (generation, ordinal, towards, round, name, result, attempts, reason)
            select me.generation, me.ordinal, ${key.towards}, ${key.round}, ${outcome.name}, ${outcome.result},
              ${outcome.attempts}, ${outcome.reason ?? null}
            from me
            where not me.ended and not exists (select from standing) and not exists (
              select from attempts a
              where a.generation = ${key.generation} and a.ordinal = ${key.ordinal} and a.towards = ${key.towards}
                and a.round = ${key.round} and a.attempt > ${answer?.attempt ?? null}::int)
            on conflict do nothing
            returning round
          ),
          answered as (
            update attempts a
            set ended_at = clock_timestamp(), ok = ${answer?.ok ?? null}, reason = ${answer?.reason ?? null},
              output = ${answer?.output ?? null}
            from due
            where a.generation = ${key.generation} and a.ordinal = ${key.ordinal} and a.towards = ${key.towards}
              and a.attempt = ${answer?.attempt ?? null} and a.ended_at is null
          ),
          gone as (
            update members m set has_left = true from me, due
            where ${outcome.result === 'left'} and (m.generation, m.ordinal) = (me.generation, me.ordinal)
          ),
          told as (
            insert into events (generation, instance, type)
            select me.generation, me.name, 'left' from me, due where ${outcome.result === 'left'}
          ),
          ${recordingState(state)}
          select (select outcome from standing) as standing, exists (select from due) as recorded from me`,
        db,
      );
      if (row === undefined) throw new Error(`Deployment ${key.generation} has no instance ${key.ordinal}`);
      if (row.standing !== null) return row.standing;
      if (row.recorded) return outcome;
      // Overtaken or ended; or somebody recorded one at this very moment.
      return (await first(sql<{ outcome: O }>`${outcomeOf(key)}`, db))?.outcome;
    },
  } satisfies Partial<WorkStore>;
}
