import { createHash } from 'node:crypto';
import type { AnswerStore } from '../store/answers';
import type { Trace } from './control';
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

/** A request, and what carries it out. */
export interface Asked {
  /** All that tells it from others. */
  what: unknown;
  /** `again`: somebody began it, and nobody knows how far that came. */
  work: (trace: Trace, again: boolean) => Promise<Kept>;
  /** Whether this says that nothing was done; after anything else, something may have been. */
  isRefusal: (error: unknown) => boolean;
}

/** Requests that are sent twice, and are to be carried out once. */
export interface Keys {
  /** Carries it out, or answers as the first time. Refused while the first one is being carried out. */
  once(owner: string, key: string, asked: Asked): Promise<Kept>;
}

export function createKeys(store: AnswerStore): Keys {
  return {
    async once(owner, key, { what, work, isRefusal }) {
      const known = await store.takeKey(owner, key, createHash('sha256').update(JSON.stringify(what)).digest());
      switch (known.kind) {
        case 'answered':
          return { status: known.status, body: known.body };
        case 'other':
          throw new OtherRequest('this Idempotency-Key was sent with another request before');
        case 'busy':
          throw new BeingDone('the request with this Idempotency-Key is being carried out', ['ask again in a moment']);
        case 'new':
        case 'again':
      }
      const { kind, id } = known;
      const aim = kind === 'again' && known.aim !== undefined ? { aim: known.aim } : {};
      const trace: Trace = { id, ...aim, keepAim: (given) => store.keepAim(owner, key, given) };
      let answer: Kept;
      try {
        answer = await work(trace, kind === 'again');
      } catch (error) {
        // What was refused may be right another time. Where the key stays taken, that ends after a while by itself.
        await (isRefusal(error) ? store.dropKey(owner, key) : store.giveUpKey(owner, key)).catch(() => undefined);
        throw error;
      }
      // It is done, noted or not: whoever sends it again finds what was begun.
      await store
        .keepAnswer(owner, key, answer)
        .catch(() => store.giveUpKey(owner, key))
        .catch(() => undefined);
      return answer;
    },
  };
}
