import { sql } from 'kysely';
import { first, type Db } from './rows';

/** What a message was sent to: a generation, a run that has none yet, or several deployments by their ids. */
export interface Aim {
  generation?: number;
  run_id?: string;
  deployments?: string[];
}

/** What is known of a request that was sent under a key. */
export type KeptAnswer =
  /** Nobody has asked so far: it is to be worked on now. What is begun for it carries this id. */
  | { kind: 'new'; id: string }
  /** Somebody worked on it, and nobody knows how far that came: it is to be gone on with now. */
  | { kind: 'again'; id: string; aim?: Aim }
  /** The same was asked and is being worked on. */
  | { kind: 'busy' }
  /** Something else was asked under this key. */
  | { kind: 'other' }
  | { kind: 'answered'; status: number; body: unknown };

/** Answers to requests that may be sent twice. */
export interface AnswerStore {
  /** Takes the key for this request, or tells what became of it. */
  takeKey(owner: string, key: string, requestHash: Buffer): Promise<KeptAnswer>;
  /** To be awaited before a message is sent for it. */
  keepAim(owner: string, key: string, aim: Aim): Promise<void>;
  keepAnswer(owner: string, key: string, answer: { status: number; body: unknown }): Promise<void>;
  /** It was refused, and came to nothing: the key is free for anything. */
  dropKey(owner: string, key: string): Promise<void>;
  /** Nobody knows how far it came: whoever sends it again goes on with it. */
  giveUpKey(owner: string, key: string): Promise<void>;
}

/** Whoever works on a request for longer than this is gone. */
const LONGEST_S = 300;

export function answersIn(db: Db): AnswerStore {
  return {
    async takeKey(owner, key, requestHash) {
      const taken = await first(
        sql<{ id: string; aim: Aim | null; fresh: boolean }>`
          insert into answers as known (owner, key, request_hash) values (${owner}, ${key}, ${requestHash})
          on conflict (owner, key) do update set asked_at = clock_timestamp(), given_up = false
            where known.status is null and known.request_hash = excluded.request_hash
              and (known.given_up or known.asked_at < clock_timestamp() - make_interval(secs => ${LONGEST_S}))
          returning id, aim, (xmax = 0) as fresh`,
        db,
      );
      if (taken !== undefined) {
        const { id, aim, fresh } = taken;
        return fresh ? { kind: 'new', id } : { kind: 'again', id, ...(aim === null ? {} : { aim }) };
      }
      const row = await first(
        sql<{ request_hash: Buffer; status: number | null; body: unknown }>`
          select request_hash, status, body from answers where owner = ${owner} and key = ${key}`,
        db,
      );
      if (row === undefined) return { kind: 'busy' };
      if (!row.request_hash.equals(requestHash)) return { kind: 'other' };
      return row.status === null ? { kind: 'busy' } : { kind: 'answered', status: row.status, body: row.body };
    },

    async keepAim(owner, key, aim) {
      await sql`update answers set aim = ${JSON.stringify(aim)}::json
        where owner = ${owner} and key = ${key}`.execute(db);
    },

    async keepAnswer(owner, key, { status, body }) {
      await sql`update answers set status = ${status}, body = ${JSON.stringify(body)}::json
        where owner = ${owner} and key = ${key}`.execute(db);
    },

    async dropKey(owner, key) {
      await sql`delete from answers where owner = ${owner} and key = ${key} and status is null`.execute(db);
    },

    async giveUpKey(owner, key) {
      await sql`update answers set given_up = true
        where owner = ${owner} and key = ${key} and status is null`.execute(db);
    },
  };
}
