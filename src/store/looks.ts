import { sql } from 'kysely';
import { first, type Db } from './rows';

/** How often a look at a deployment's instances was asked for, and which of them was taken. */
export interface Looks {
  asked: number;
  done: number;
  /** The deployment has ended: nobody looks any more. */
  ended: boolean;
}

/** Looks at instances that somebody asks for. */
export interface LookStore {
  /** Answers with the number of this look. */
  askLook(generation: number): Promise<number>;
  looks(generation: number): Promise<Looks>;
  /** This look was taken, and what it brought was told. */
  lookDone(generation: number, look: number): Promise<void>;
}

export function looksIn(db: Db): LookStore {
  return {
    async askLook(generation) {
      const row = await first(
        sql<{ asked: number }>`
          update deployments set looks_asked = looks_asked + 1 where generation = ${generation}
          returning looks_asked as asked`,
        db,
      );
      return row?.asked ?? 0;
    },

    async looks(generation) {
      const row = await first(
        sql<Looks>`
          select looks_asked as asked, looks_done as done, ended_at is not null as ended
          from deployments where generation = ${generation}`,
        db,
      );
      return row ?? { asked: 0, done: 0, ended: true };
    },

    async lookDone(generation, look) {
      await sql`
        update deployments set looks_done = greatest(looks_done, ${look}) where generation = ${generation}`.execute(db);
    },
  };
}
