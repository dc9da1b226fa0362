import { sql } from 'kysely';
import { present, type Db } from './rows';

/** One run of a hook that has ended, with what it printed. */
export interface HookRunRow {
  generation: number;
  /** Of the act within the deployment. */
  number: number;
  hook: string;
  /** What it was run for. */
  moment: string;
  startedAt: Date;
  endedAt: Date;
  /** Why it failed; absent: it did what it should. */
  fault?: string;
  /** The last of what it printed. */
  output?: string;
}

/** What is kept of a run beside how it ended: it is for people, and nobody decides by it. */
export interface HookRun {
  hook: string;
  moment: string;
  took_ms: number;
  output?: string;
}

/** What hooks did. */
export interface HookRunStore {
  /** In the order in which they were asked for. */
  hookRuns(generation: number): Promise<HookRunRow[]>;
}

interface Row {
  number: number;
  at: Date;
  answer: Partial<HookRun> & { fault?: string };
}

export function hookRunsIn(db: Db): HookRunStore {
  return {
    async hookRuns(generation) {
      // Earlier ones have nothing but how they ended.
      const { rows } = await sql<Row>`
        select number, at, answer from acts
        where generation = ${generation} and kind = 'hook' and answer ->> 'took_ms' is not null
        order by number`.execute(db);
      return rows.map(({ number, at: endedAt, answer }): HookRunRow => {
        const { hook = '', moment = '', took_ms: tookMs = 0, fault, output } = answer;
        // The clock of the database is the one that all lines go by.
        const startedAt = new Date(endedAt.getTime() - tookMs);
        return present({ generation, number, hook, moment, startedAt, endedAt, fault, output });
      });
    },
  };
}
