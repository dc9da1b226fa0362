import { createHash } from 'node:crypto';
import type { AnswerStore } from '../store/answers';
import { Refused } from './errors';

/** What was answered, or is to be answered, to a request that may be sent twice. */
export interface Kept {
  status: number;
  body: unknown;
}

/** Something else was asked under the same key before. */
export class OtherRequest extends Error {
  override readonly name = 'OtherRequest';
}

/** It was asked before, and is not answered yet. */
export class BeingDone extends Refused {
  override readonly name = 'BeingDone';
}

/** Requests that are sent twice, and are to be carried out once. */
export interface Keys {
  /** Carries it out, or answers as the first time. Refused while the first one is being carried out. */
  once(owner: string, key: string, asked: unknown, work: () => Promise<Kept>): Promise<Kept>;
}

export function createKeys(store: AnswerStore): Keys {
  return {
    async once(owner, key, asked, work) {
      const known = await store.takeKey(owner, key, createHash('sha256').update(JSON.stringify(asked)).digest());
      switch (known.kind) {
        case 'answered':
          return { status: known.status, body: known.body };
        case 'other':
          throw new OtherRequest('this Idempotency-Key was sent with another request before');
        case 'busy':
          throw new BeingDone('the request with this Idempotency-Key is being carried out', ['ask again in a moment']);
        case 'new':
      }
      try {
        const answer = await work();
        await store.keepAnswer(owner, key, answer);
        return answer;
      } catch (error) {
        // What was refused may be right another time.
        await store.dropKey(owner, key);
        throw error;
      }
    },
  };
}
