import { sql } from 'kysely';
import type { Act } from '../domain/rollout/stage';
import { first, type Db } from './rows';

/** What became of one act. */
export interface ActRow<A extends object = object> {
  kind: Act['kind'];
  answer: A;
  at: Date;
}

/** What deployments did to something other than an instance. */
export interface ActStore {
  /** Undefined: nobody has told yet what became of it; it may be under way. */
  act<A extends object>(generation: number, number: number): Promise<ActRow<A> | undefined>;
  /** Whether a deployment's release was made what is stable: in a group that has routers of its own, or (undefined) in all. */
  isSettled(generation: number, group: string | undefined): Promise<boolean>;
  /** The first answer that is written stands, and its line with it in the event log; answers with it. */
  recordAct<A extends object>(
    generation: number,
    number: number,
    kind: Act['kind'],
    answer: A,
    line?: { type: string; reason?: string },
  ): Promise<A>;
}

export function actsIn(db: Db): ActStore {
  const act = async <A extends object>(generation: number, number: number) =>
    first(
      sql<ActRow<A>>`select kind, answer, at from acts where generation = ${generation} and number = ${number}`,
      db,
    );
  return {
    act,

    async isSettled(generation, group) {
      const row = await first(
        sql`
          select from acts
          where generation = ${generation} and kind = 'settle' and answer ->> 'fault' is null
            and answer ->> 'group' is not distinct from ${group ?? null}`,
        db,
      );
      return row !== undefined;
    },

    async recordAct(generation, number, kind, answer, line) {
      await sql`
        with told as (
          insert into acts (generation, number, kind, answer)
          values (${generation}, ${number}, ${kind}, ${JSON.stringify(answer, storable)}::jsonb)
          on conflict (generation, number) do nothing
          returning generation
        )
        insert into events (generation, type, reason)
        select told.generation, line.type, line.reason
        from told, (values (${line?.type ?? null}, ${line?.reason ?? null})) as line (type, reason)
        where line.type is not null`.execute(db);
      return (await act<typeof answer>(generation, number))!.answer;
    },
  };
}

/** Neither NUL nor half a character can be in a jsonb, however it is escaped, and what is never stored is tried for ever. */
function storable(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll(/\0|\p{Surrogate}/gu, '\uFFFD') : value;
}
