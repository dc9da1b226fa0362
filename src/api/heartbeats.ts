import type { Heartbeat, HeartbeatAnswer } from '../control/inventory';

/** How many are written at once; how many with one secret wait, and how many strangers that all call themselves the same. */
const MOST = 1_000;
const MOST_OF_ONE = 4;
const MOST_STRANGERS = 100;

/** So many wait already that this one can't. */
export class TooMany extends Error {}

interface Waiting {
  beat: Heartbeat;
  /** The name and the secret: what a stranger sends under somebody's name is none of theirs. */
  key: string;
  isKnown: boolean;
  resolve: (answer: HeartbeatAnswer) => void;
  reject: (error: unknown) => void;
}

/**
 * Writes heartbeats that arrive together at once: one statement is in flight, and all that came meanwhile go with the
 * next one, those whose secret was right before first. One that is there twice waits for the one after that.
 */
export function batched(hear: (beats: Heartbeat[]) => Promise<HeartbeatAnswer[]>) {
  let waiting: Waiting[] = [];
  let busy = false;
  const places = new Places();

  const next = (): Waiting[] => {
    const batch = new Map<string, Waiting>();
    const later = new Set(waiting);
    for (const isKnown of [true, false]) {
      for (const each of waiting) {
        if (each.isKnown !== isKnown || batch.size >= MOST || batch.has(each.key)) continue;
        batch.set(each.key, each);
        later.delete(each);
      }
    }
    waiting = [...later];
    for (const each of batch.values()) places.leave(each);
    return [...batch.values()];
  };

  const work = async () => {
    if (busy) return;
    busy = true;
    try {
      while (waiting.length > 0) await settle(next());
    } finally {
      busy = false;
    }
  };

  const settle = async (batch: Waiting[]) => {
    try {
      const answers = await hear(batch.map(({ beat }) => beat));
      batch.forEach(({ resolve }, i) => resolve(answers[i] ?? { kind: 'unknown' }));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  /** @param isKnown its secret was right before */
  return (beat: Heartbeat, isKnown = false): Promise<HeartbeatAnswer> =>
    new Promise((resolve, reject) => {
      const key = `${beat.name} ${beat.secretHash.toString('hex')}`;
      const one = { beat, key, isKnown, resolve, reject };
      if (!places.take(one)) return reject(new TooMany());
      waiting.push(one);
      void work();
    });
}

/** How many wait of each. */
class Places {
  private readonly taken = new Map<string, number>();

  take(one: Waiting): boolean {
    const all = limitsOf(one);
    if (all.some(([key, most]) => this.of(key) >= most)) return false;
    for (const [key] of all) this.taken.set(key, this.of(key) + 1);
    return true;
  }

  leave(one: Waiting): void {
    for (const [key] of limitsOf(one)) {
      if (this.of(key) > 1) this.taken.set(key, this.of(key) - 1);
      else this.taken.delete(key);
    }
  }

  private of(key: string): number {
    return this.taken.get(key) ?? 0;
  }
}

function limitsOf({ beat, key, isKnown }: Waiting): [key: string, most: number][] {
  return isKnown
    ? [[key, MOST_OF_ONE]]
    : [
        [key, MOST_OF_ONE],
        [beat.name, MOST_STRANGERS],
      ];
}
