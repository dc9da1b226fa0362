import { sql } from 'kysely';
import { first, type Db } from './rows';

/** What is known of a request that was sent under a key. */
export type KeptAnswer =
  /** Nobody has asked so far: it is to be worked on now. */
  | { kind: 'new' }
  /** The same was asked and is being worked on. */
  | { kind: 'busy' }
  /** Something else was asked under this key. */
  | { kind: 'other' }
  | { kind: 'answered'; status: number; body: unknown };

/** Answers to requests that may be sent twice. */
export interface AnswerStore {
  /** Takes the key for this request, or tells what became of it. */
  takeKey(owner: string, key: string, requestHash: Buffer): Promise<KeptAnswer>;
  keepAnswer(owner: string, key: string, answer: { status: number; body: unknown }): Promise<void>;
  /** The request came to nothing: it may be sent again. */
  dropKey(owner: string, key: string): Promise<void>;
}

/** Whoever works on a request for longer than this is gone. */
const LONGEST_S = 300;

export function answersIn(db: Db): AnswerStore {
  return {
    async takeKey(owner, key, requestHash) {
      const taken = await first(
        sql`insert into answers as known (owner, key, request_hash) values (${owner}, ${key}, ${requestHash})
          on conflict (owner, key) do update set asked_at = clock_timestamp()
            where known.status is null and known.request_hash = excluded.request_hash
              and known.asked_at < clock_timestamp() - make_interval(secs => ${LONGEST_S})
          returning owner`,
        db,
      );
      if (taken !== undefined) return { kind: 'new' };
      const row = await first(
        sql<{ request_hash: Buffer; status: number | null; body: unknown }>`
          select request_hash, status, body from answers where owner = ${owner} and key = ${key}`,
        db,
      );
      if (row === undefined) return { kind: 'busy' };
      if (!row.request_hash.equals(requestHash)) return { kind: 'other' };
      return row.status === null ? { kind: 'busy' } : { kind: 'answered', status: row.status, body: row.body };
    },

    async keepAnswer(owner, key, { status, body }) {
      await sql`update answers set status = ${status}, body = ${JSON.stringify(body)}::json
        where owner = ${owner} and key = ${key}`.execute(db);
    },

    async dropKey(owner, key) {
      await sql`delete from answers where owner = ${owner} and key = ${key} and status is null`.execute(db);
    },
  };
}
