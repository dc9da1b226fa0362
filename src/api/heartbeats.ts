import type { Heartbeat, HeartbeatAnswer } from '../control/inventory';

const MOST = 1_000;

interface Waiting {
  beat: Heartbeat;
  resolve: (answer: HeartbeatAnswer) => void;
  reject: (error: unknown) => void;
}

/**
 * Writes heartbeats that arrive together at once: one statement is in flight, and all that came meanwhile go with the
 * next one. A name that is there twice waits for the one after that.
 */
export function batched(hear: (beats: Heartbeat[]) => Promise<HeartbeatAnswer[]>) {
  let waiting: Waiting[] = [];
  let busy = false;

  const next = (): Waiting[] => {
    const batch = new Map<string, Waiting>();
    const later: Waiting[] = [];
    for (const each of waiting) {
      if (batch.size >= MOST || batch.has(each.beat.name)) later.push(each);
      else batch.set(each.beat.name, each);
    }
    waiting = later;
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

  return (beat: Heartbeat): Promise<HeartbeatAnswer> =>
    new Promise((resolve, reject) => {
      waiting.push({ beat, resolve, reject });
      void work();
    });
}
